#include "postgres/statistics.hpp"

#include <fmt/format.h>

#include "postgres/parse_number.hpp"
#include "postgres/quote.hpp"
#include "postgres/share_out.hpp"

namespace reprise::postgres {

Status Analyze(const Context& ctx, const Cluster& cluster, const std::string& database,
               std::size_t sessions) {
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
    if (table.size() != 3) {
      return Fail(ErrorCode::kDatabaseFailed, "an unreadable list of tables");
    }
    ASSIGN_OR_RETURN(const std::uint64_t bytes, ParseNumber(table[2]));
    statements.push_back({fmt::format("ANALYZE {}.{};", QuoteName(table[0]), QuoteName(table[1])),
                          bytes + kBesideBytes});
  }
  return RunSideBySide(ctx, ShareOut(std::move(statements), sessions),
                       [&](const Context& inner, const std::string& script) {
                         return cluster.Execute(inner, database, script);
                       });
}

}  // namespace reprise::postgres
