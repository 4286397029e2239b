#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/custom_dump.hpp"
#include "postgres/cluster.hpp"
#include "postgres/load_client.hpp"
#include "postgres/restore_list.hpp"
#include "postgres/split_plan.hpp"

namespace reprise::postgres {

// One run of pg_restore.
struct RestoreRun {
  std::vector<std::string> sections = {};  // empty: all
  int jobs = 1;
  bool in_one_transaction = false;  // of one job
  std::string_view list;            // where the client has it
};

[[nodiscard]] std::vector<std::string> PgRestoreArguments(const RestoreRun& run,
                                                          const std::string& database,
                                                          std::string_view dump_path);

// What a load is split with.
struct SplitLoad {
  const LoadClient& programs;
  const Cluster& as_loader;
  std::string_view database;
  const docker::EnvironmentVariables& login;
  std::string_view dump_path;
  std::string_view list_path;  // of all that is loaded
  int jobs = 1;
  std::function<Status(const Context&, const RestoreRun&)> pg_restore;
  std::function<void(const std::string& line)> log;  // what was done, for people

  // Loads what is in `contents`, of which these tables by a COPY over several connections each,
  // beside the data of all others. A table that does not stand as the dump copies it is loaded as
  // all others. The failure of one part ends all.
  [[nodiscard]] Status Load(const Context& ctx, const RestoreList& contents,
                            const std::vector<SplitTable>& tables) const;
};

// The tables of a dump that are to be split, of those in `contents`: none when the client has no
// programs for that, which is asked only if there is one.
[[nodiscard]] Result<std::vector<SplitTable>> TablesToSplit(
    const Context& ctx, const LoadClient& programs,
    const std::optional<archive::CustomDumpInfo>& dump, const RestoreList& contents, int jobs,
    ByteCount least);

}  // namespace reprise::postgres
