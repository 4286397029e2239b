#include "catalog/import_source_store.hpp"

#include "catalog/table.hpp"

namespace reprise::catalog {

Status ImportSourceStore::InsertIn(Transaction& transaction, const domain::BackupId& id,
                                   const std::string& sealed) {
  RETURN_IF_ERROR(transaction.Execute(
      "INSERT INTO import_source (backup_id, sealed_source) VALUES ($1, $2)", {id.value, sealed}));
  return {};
}

Result<std::optional<std::string>> ImportSourceStore::Find(const domain::BackupId& id) const {
  return ReadValue<std::optional<std::string>>(
      database_, [&](Transaction& tx) -> Result<std::optional<std::string>> {
        ASSIGN_OR_RETURN(
            const std::vector<Row> rows,
            tx.Query("SELECT sealed_source FROM import_source WHERE backup_id = $1", {id.value}));
        if (rows.empty()) return std::nullopt;
        return rows.front().Text(0);
      });
}

Status ImportSourceStore::ForgetIn(Transaction& transaction, const domain::BackupId& id) {
  RETURN_IF_ERROR(transaction.Execute(
      "UPDATE import_source SET sealed_source = '' WHERE backup_id = $1", {id.value}));
  return {};
}

Status ImportSourceStore::Forget(const domain::BackupId& id, const std::optional<TaskHold>& hold) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, hold));
    return ForgetIn(tx, id);
  });
}

}  // namespace reprise::catalog
