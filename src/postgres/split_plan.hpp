#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "archive/custom_dump.hpp"
#include "base/stream.hpp"

namespace reprise::postgres {

// A table whose rows are loaded over several connections. What is said of it is a stranger's.
struct SplitTable {
  std::int64_t dump_id = 0;
  int connections = 0;
  std::string schema;
  std::string name;
  std::string copy;  // the dump's own COPY statement, one line without its end
};

// Below this, a second connection would have nothing to do beside pg_restore.
inline constexpr int kFewestJobsToSplit = 3;

// The tables that a load with `jobs` would wait for: each has more than its share of all data and
// more than `least` bytes, as packed. The largest come first; their connections leave at least one
// of the jobs to pg_restore. None when the dump's text is not UTF-8, and none that is not copied by
// a plain statement.
[[nodiscard]] std::vector<SplitTable> ChooseTablesToSplit(const archive::CustomDumpInfo& dump,
                                                          int jobs, ByteCount least);

// A list of `pg_restore -L` without the entries of these tables.
[[nodiscard]] std::string WithoutEntries(std::string_view list,
                                         const std::vector<SplitTable>& tables);

}  // namespace reprise::postgres
