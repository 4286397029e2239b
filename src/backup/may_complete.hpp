#pragma once

#include <fmt/format.h>

#include "catalog/archive_part_store.hpp"
#include "domain/backup.hpp"

namespace reprise::backup {

// In the transaction that says that a backup is complete: kBackupNotAvailable when it was deleted,
// failed or was cancelled meanwhile, and so has given its archive up, or when a part of it goes.
[[nodiscard]] inline Status CheckMayComplete(catalog::Transaction& transaction,
                                             const domain::Backup& row) {
  switch (row.status) {
    case domain::BackupStatus::kPending:
    case domain::BackupStatus::kRunning:
    case domain::BackupStatus::kCompleted:
      return catalog::ArchivePartStore::CheckUsableIn(transaction, row.id);
    case domain::BackupStatus::kFailed:
    case domain::BackupStatus::kCancelled:
    case domain::BackupStatus::kDeleted:
      break;
  }
  return Fail(ErrorCode::kBackupNotAvailable,
              fmt::format("the backup \"{}\" is {}", row.name, domain::NameOf(row.status)),
              "make it again, or import its archive");
}

}  // namespace reprise::backup
