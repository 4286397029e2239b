#pragma once

#include <optional>

#include "catalog/quota_store.hpp"
#include "catalog/task_hold.hpp"

namespace reprise::backup {

// For BackupStore::UpdateWith, right before an archive of `bytes` takes its place: records them,
// while the claim lasts and as the organization's quota allows. Several may be written at once:
// each had room alone. kQuotaExceeded, kLeaseLost.
[[nodiscard]] inline auto ClaimBytes(const std::optional<catalog::TaskHold>& hold,
                                     ByteCount bytes) {
  return [hold, bytes](catalog::Transaction& transaction, domain::Backup& row) -> Status {
    RETURN_IF_ERROR(catalog::CheckHold(transaction, hold));
    if (domain::IsBoundByQuota(row.type)) {
      RETURN_IF_ERROR(catalog::CheckStoredBytes(transaction, row, bytes));
    }
    row.compressed_size = bytes;
    return {};
  };
}

}  // namespace reprise::backup
