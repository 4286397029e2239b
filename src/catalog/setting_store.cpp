#include "catalog/setting_store.hpp"

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

using MaybeText = std::optional<std::string>;

Result<MaybeText> GetIn(Transaction& transaction, std::string_view name) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query("SELECT value FROM setting WHERE name = $1", {std::string(name)}));
  if (rows.empty()) return std::nullopt;
  return rows.front().Text(0);
}

}  // namespace

Result<MaybeText> SettingStore::Get(std::string_view name) const {
  return ReadValue<MaybeText>(database_, [&](Transaction& tx) { return GetIn(tx, name); });
}

Result<std::string> SettingStore::Ensure(std::string_view name, const std::string& value) {
  return WriteValue<std::string>(database_, [&](Transaction& tx) -> Result<std::string> {
    ASSIGN_OR_RETURN(const MaybeText known, GetIn(tx, name));
    if (known) return *known;
    RETURN_IF_ERROR(tx.Execute("INSERT INTO setting (name, value) VALUES ($1, $2)",
                               {std::string(name), value}));
    return value;
  });
}

}  // namespace reprise::catalog
