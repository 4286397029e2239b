#pragma once

#include <span>
#include <string_view>

#include "domain/masking.hpp"

namespace reprise::odoo {

// A column of Odoo's own modules that holds personal data. Which of them a database has depends on
// its version and modules: it is looked up.
struct MaskField {
  domain::MaskPreset preset = domain::MaskPreset::kPartners;
  std::string_view table;
  std::string_view column;
  domain::MaskHow how = domain::MaskHow::kBlank;
  std::string_view of = {};   // the column whose value counts; empty: its own
  std::string_view put = {};  // this text in place of what was there
};

[[nodiscard]] std::span<const MaskField> MaskFields();

// Which rows of a table are meant, as SQL; "true" where all are.
[[nodiscard]] std::string_view MaskedRows(std::string_view table);

// Tables whose rows go as a whole: keys that let somebody in, texts that nobody needs any more.
struct MaskedAway {
  domain::MaskPreset preset = domain::MaskPreset::kUsers;
  std::string_view table;
};
[[nodiscard]] std::span<const MaskedAway> TablesMaskedAway();

}  // namespace reprise::odoo
