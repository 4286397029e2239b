#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/cluster.hpp"

namespace reprise::postgres {

// The statements of a text in SQL, in order. kInvalidArgument for what is no SQL alone: psql's
// commands, COPY with its data, a quote that does not end.
[[nodiscard]] Result<std::vector<std::string>> SplitStatements(std::string_view sql);

struct OwnSql {
  std::vector<std::string> statements;
  std::chrono::seconds limit{60};  // of all of them
  std::string closing;             // of ours, in the same transaction, after the last
};

// Runs statements that a user wrote, in one transaction: psql sees only quotes, the server runs
// each by itself and refuses those that would end the transaction. Says how many rows each has
// touched. kDatabaseFailed with the number of the one that failed, its beginning, and why: then
// nothing has changed. `cluster` must be logged in as a role that may do no more than the user may.
[[nodiscard]] Result<std::vector<std::uint64_t>> RunOwnSql(const Context& ctx,
                                                           const Cluster& cluster,
                                                           std::string_view database,
                                                           const OwnSql& sql);

}  // namespace reprise::postgres
