#include "postgres/statistics.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/task_group.hpp"
#include "postgres/quote.hpp"
#include "postgres/share_out.hpp"

namespace reprise::postgres {

Status Analyze(const Context& ctx, const Cluster& cluster, const std::string& database,
               std::size_t sessions) {
  constexpr std::uint64_t kEach = 100'000;  // what any table takes, as bytes of one
  ASSIGN_OR_RETURN(
      const std::vector<QueryRow> tables,
      cluster.Query(ctx, database,
                    "SELECT n.nspname, c.relname, pg_catalog.pg_relation_size(c.oid) "
                    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
                    "c.relnamespace WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relisshared "
                    "ORDER BY c.oid"));
  std::vector<WeighedSql> statements;
  statements.reserve(tables.size());
  for (const QueryRow& table : tables) {
    std::uint64_t bytes = 0;
    if (table.size() != 3 ||
        std::from_chars(table[2].data(), table[2].data() + table[2].size(), bytes).ec !=
            std::errc()) {
      return Fail(ErrorCode::kDatabaseFailed, "an unreadable list of tables");
    }
    statements.push_back(
        {fmt::format("ANALYZE {}.{};", QuoteName(table[0]), QuoteName(table[1])), kEach + bytes});
  }
  TaskGroup analyses(ctx);
  for (std::string& script : ShareOut(std::move(statements), sessions)) {
    analyses.Spawn([&, script = std::move(script)](const Context& inner) {
      return cluster.Execute(inner, database, script);
    });
  }
  return analyses.Join();
}

}  // namespace reprise::postgres
