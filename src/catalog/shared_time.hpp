#pragma once

#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "catalog/database.hpp"

namespace reprise::catalog {

// Microseconds since 1970 by PostgreSQL's clock, now: not that of the transaction's begin, which
// may have waited since.
inline constexpr std::string_view kServerTimeSql =
    "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint";

// The time now by the server of a database that many processes share (Database::IsShared), whose
// clock they all can go by.
[[nodiscard]] inline Result<Instant> SharedTime(Transaction& transaction) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows, transaction.Query(kServerTimeSql, {}));
  return FromMicros(rows.front().Int(0));
}

}  // namespace reprise::catalog
