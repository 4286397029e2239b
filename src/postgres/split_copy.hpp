#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docker/engine.hpp"
#include "postgres/cluster.hpp"
#include "postgres/load_client.hpp"
#include "postgres/split_plan.hpp"

namespace reprise::postgres {

// How a shell runs the programs that copy a table's rows from a dump into several connections:
// pg_restore writes them, awk lets only rows pass and counts them, split shares them out to as many
// psql. Nothing that a dump says is SQL for psql, or a word of the shell.
[[nodiscard]] std::vector<std::string> SplitCopyCommand(const SplitTable& table,
                                                        std::string_view dump_path);
// Its environment: `copy` is the COPY statement of each psql, which log in by `login`.
[[nodiscard]] docker::EnvironmentVariables SplitCopyEnvironment(const SplitTable& table,
                                                                const std::string& copy,
                                                                docker::EnvironmentVariables login);
// How many rows it has copied. Each program has to say that it ended well, and the rows that were
// sent and those that PostgreSQL counted must be as many: else kLoadFailed, kNoSpace, or
// kArchiveCorrupt when the dump's rows do not end as they should.
[[nodiscard]] Result<std::uint64_t> RowsOfSplitCopy(const SplitTable& table,
                                                    const LoadClient::Ended& ended);

// Whether the client has the programs: a split that has --filter, as not every image does.
[[nodiscard]] Result<bool> CanSplitCopy(const Context& ctx, const LoadClient& client);

// The COPY statement of our own for a table that stands as it was dumped: an ordinary one, whose
// columns are those of the dump's statement in their order. Nothing for any other.
[[nodiscard]] Result<std::optional<std::string>> OwnCopyStatement(const Context& ctx,
                                                                  const Cluster& as_loader,
                                                                  std::string_view database,
                                                                  const SplitTable& table);

}  // namespace reprise::postgres
