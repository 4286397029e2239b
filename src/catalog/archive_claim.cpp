#include "catalog/archive_claim.hpp"

#include <fmt/format.h>

#include "domain/archive_owner.hpp"

namespace reprise::catalog {

Status CheckArchiveUnclaimed(Transaction& transaction, const domain::Backup& backup) {
  ASSIGN_OR_RETURN(const std::vector<Row> claims,
                   transaction.Query(
                       "SELECT 1 FROM backup WHERE status NOT IN ('deleted', 'failed', 'cancelled')"
                       " AND ((storage_config_id = $1 AND storage_key = $2) OR id = $3)",
                       {backup.storage_config_id.value, backup.storage_key,
                        std::string(domain::StemOfKey(backup.storage_key))}));
  if (claims.empty()) return {};
  return Fail(ErrorCode::kConflict,
              fmt::format("\"{}\" is the archive of a backup already", backup.storage_key),
              "use that backup; who may see it finds it in its project");
}

}  // namespace reprise::catalog
