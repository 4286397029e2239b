#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace reprise::domain {

// Groups of personal data that a copy can be freed of, with rules for the tables of Odoo's own
// modules (odoo/masking.cpp).
enum class MaskPreset { kPartners, kUsers, kMessages, kAttachments };
using MaskPresets = std::set<MaskPreset>;

// What becomes of a value. The fakes and the hash are the same for the same value everywhere in a
// copy, and cannot be led back to it.
enum class MaskHow { kName, kEmail, kPhone, kBlank, kHash };

// A column of the user's own modules.
struct MaskRule {
  std::string table;
  std::string column;
  MaskHow how = MaskHow::kBlank;
  bool operator==(const MaskRule&) const = default;
};

// What copies of a project's production go through besides being neutralized.
struct SafeCopySettings {
  MaskPresets mask;
  std::vector<MaskRule> rules;
  std::string extra_sql;
  std::chrono::seconds extra_sql_limit{60};

  [[nodiscard]] bool HasMask() const { return !mask.empty() || !rules.empty(); }
  bool operator==(const SafeCopySettings&) const = default;
};

// kInvalidArgument with the field: names that are none, too much SQL, a limit out of range.
[[nodiscard]] Status CheckSettings(const SafeCopySettings& settings);

[[nodiscard]] std::string_view NameOf(MaskPreset preset);
[[nodiscard]] std::string_view NameOf(MaskHow how);
[[nodiscard]] std::optional<MaskPreset> ParseMaskPreset(std::string_view text);
[[nodiscard]] std::optional<MaskHow> ParseMaskHow(std::string_view text);
// The presets that these names stand for; "all" stands for each. nullopt when one is unknown.
[[nodiscard]] std::optional<MaskPresets> ParseMaskPresets(const std::vector<std::string>& names);
[[nodiscard]] std::vector<std::string> NamesOf(const MaskPresets& presets);

}  // namespace reprise::domain
