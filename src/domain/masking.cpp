#include "domain/masking.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr std::size_t kMostSql = 64 * 1024;
constexpr std::size_t kMostRules = 200;
constexpr std::size_t kLongestName = 63;  // PostgreSQL's
constexpr std::chrono::seconds kLongestLimit{3600};

constexpr auto kPresetNames = MakeNameTable<MaskPreset>({
    {MaskPreset::kPartners, "partners"},
    {MaskPreset::kUsers, "users"},
    {MaskPreset::kMessages, "messages"},
    {MaskPreset::kAttachments, "attachments"},
});
constexpr auto kHowNames = MakeNameTable<MaskHow>({
    {MaskHow::kName, "name"},
    {MaskHow::kEmail, "email"},
    {MaskHow::kPhone, "phone"},
    {MaskHow::kBlank, "blank"},
    {MaskHow::kHash, "hash"},
});

// As Odoo names tables and columns.
bool IsIdentifier(std::string_view text) {
  if (text.empty() || text.size() > kLongestName || (text[0] >= '0' && text[0] <= '9')) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

tl::unexpected<Error> Wrong(std::string field, std::string message) {
  Error error{ErrorCode::kInvalidArgument, std::move(message)};
  error.field = std::move(field);
  return Fail(std::move(error));
}

}  // namespace

Status CheckSettings(const SafeCopySettings& settings) {
  if (settings.rules.size() > kMostRules) {
    return Wrong("/mask_rules", fmt::format("are more than {}", kMostRules));
  }
  for (std::size_t i = 0; i < settings.rules.size(); ++i) {
    const MaskRule& rule = settings.rules[i];
    for (const auto& [field, name] : {std::pair("table", &rule.table), {"column", &rule.column}}) {
      if (IsIdentifier(*name)) continue;
      return Wrong(fmt::format("/mask_rules/{}/{}", i, field),
                   "is no name of Odoo's: small letters, digits and underscores, at most 63");
    }
  }
  if (settings.extra_sql.size() > kMostSql) {
    return Wrong("/extra_sql", fmt::format("is longer than {} bytes", kMostSql));
  }
  if (settings.extra_sql_limit < std::chrono::seconds(1) ||
      settings.extra_sql_limit > kLongestLimit) {
    return Wrong("/extra_sql_seconds", fmt::format("must be from 1 to {}", kLongestLimit.count()));
  }
  return {};
}

std::string_view NameOf(MaskPreset value) { return kPresetNames.Name(value); }
std::string_view NameOf(MaskHow value) { return kHowNames.Name(value); }
std::optional<MaskPreset> ParseMaskPreset(std::string_view text) {
  return kPresetNames.Parse(text);
}
std::optional<MaskHow> ParseMaskHow(std::string_view text) { return kHowNames.Parse(text); }

std::optional<MaskPresets> ParseMaskPresets(const std::vector<std::string>& names) {
  MaskPresets presets;
  for (const std::string& name : names) {
    if (name == "all") {
      for (const auto& row : kPresetNames.rows) presets.insert(row.first);
      continue;
    }
    const auto preset = ParseMaskPreset(name);
    if (!preset) return std::nullopt;
    presets.insert(*preset);
  }
  return presets;
}

std::vector<std::string> NamesOf(const MaskPresets& presets) {
  std::vector<std::string> names;
  for (const MaskPreset preset : presets) names.emplace_back(NameOf(preset));
  return names;
}

}  // namespace reprise::domain
