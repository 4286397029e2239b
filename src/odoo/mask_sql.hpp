#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "domain/masking.hpp"

namespace reprise::odoo {

// A column as information_schema knows it.
struct MaskColumn {
  std::string type;  // "character varying", "text", "jsonb", …
  bool nullable = true;
  std::string most;  // characters; empty: no limit
};
using MaskColumns = std::map<std::string, std::map<std::string, MaskColumn>>;  // by table, name

// What becomes of one column: a fake of its own value or of that of the column `of`, or the text
// `put`.
struct MaskOfColumn {
  std::string_view column;
  domain::MaskHow how = domain::MaskHow::kBlank;
  std::string_view of;
  std::string_view put;
};

// `"name" = …` of an UPDATE that runs with a random reprise.salt; nullopt where the column is of a
// kind that cannot be changed so.
[[nodiscard]] std::optional<std::string> MaskSetSql(const MaskOfColumn& change,
                                                    const MaskColumn& column);

// The UPDATE that puts placeholders into the attachments that a person added; empty where the
// database has none.
[[nodiscard]] std::string MaskAttachmentsSql(const MaskColumns& columns);

}  // namespace reprise::odoo
