#pragma once

#include "base/clock.hpp"
#include "catalog/database.hpp"

namespace reprise::catalog {

// The time now by the server of a database that many processes share (Database::IsShared), whose
// clock they all can go by. Not that of the transaction's begin: it may have waited since.
[[nodiscard]] inline Result<Instant> SharedTime(Transaction& transaction) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query("SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint", {}));
  return FromMicros(rows.front().Int(0));
}

}  // namespace reprise::catalog
