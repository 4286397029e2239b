#include "postgres/statistics.hpp"

#include <fmt/format.h>

#include "postgres/parse_number.hpp"
#include "postgres/quote.hpp"

namespace reprise::postgres {

Status AddStatistics(const Context& ctx, const Cluster& cluster, const std::string& database,
                     const std::string& owner, SqlOfTables& work) {
  ASSIGN_OR_RETURN(
      const std::vector<QueryRow> tables,
      cluster.Query(
          ctx, database,
          fmt::format("SELECT n.nspname, c.relname, pg_catalog.pg_relation_size(c.oid) "
                      "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
                      "c.relnamespace JOIN pg_catalog.pg_roles r ON r.oid = c.relowner "
                      "WHERE r.rolname = {} AND c.relkind IN ('r', 'p', 'm') AND NOT c.relisshared "
                      "ORDER BY c.oid",
                      QuoteText(owner))));
  for (const QueryRow& table : tables) {
    if (table.size() != 3) {
      return Fail(ErrorCode::kDatabaseFailed, "an unreadable list of tables");
    }
    ASSIGN_OR_RETURN(const std::uint64_t bytes, ParseNumber(table[2]));
    const std::string name = fmt::format("{}.{}", QuoteName(table[0]), QuoteName(table[1]));
    WeighedSql& of_table = work[name];
    of_table.sql += fmt::format("ANALYZE {};\n", name);
    of_table.weight += bytes + kBesideBytes;
  }
  return {};
}

}  // namespace reprise::postgres
