#pragma once

#include <optional>
#include <string>

#include "catalog/database.hpp"
#include "catalog/task_hold.hpp"
#include "domain/ids.hpp"

namespace reprise::catalog {

// From where backups are fetched that come by an address, sealed. Thread-safe.
class ImportSourceStore {
 public:
  explicit ImportSourceStore(Database& database) : database_(database) {}
  [[nodiscard]] static Status InsertIn(Transaction& transaction, const domain::BackupId& id,
                                       const std::string& sealed);
  // nullopt for a backup that came in another way; empty once it was forgotten.
  [[nodiscard]] Result<std::optional<std::string>> Find(const domain::BackupId& id) const;
  // Ok also when there is none. With a hold, only as long as the claim lasts.
  [[nodiscard]] static Status ForgetIn(Transaction& transaction, const domain::BackupId& id);
  [[nodiscard]] Status Forget(const domain::BackupId& id, const std::optional<TaskHold>& hold);

 private:
  Database& database_;
};

}  // namespace reprise::catalog
