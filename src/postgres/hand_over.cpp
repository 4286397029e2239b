#include "postgres/hand_over.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "postgres/quote.hpp"

namespace reprise::postgres {
namespace {

// In portions: a transaction locks each table, index and sequence that changes hands, and a server
// has room for some 6,400 locks as it comes. An Odoo with many modules has more.
std::string HandOverTables(const std::vector<std::string>& tables, const std::string& owner) {
  constexpr std::size_t kAtATime = 200;
  std::string script;
  for (std::size_t done = 0; done < tables.size(); done += kAtATime) {
    script += "BEGIN;\n";
    for (std::size_t i = done; i < std::min(done + kAtATime, tables.size()); ++i) {
      script += fmt::format("ALTER TABLE {} OWNER TO {};\n", tables[i], QuoteName(owner));
    }
    script += "COMMIT;\n";
  }
  return script;
}

}  // namespace

Status HandOver(const Context& ctx, const Cluster& cluster, const std::string& database,
                const std::string& loader, const std::string& owner) {
  ASSIGN_OR_RETURN(
      const std::vector<QueryRow> rows,
      cluster.Query(ctx, database,
                    fmt::format("SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN "
                                "pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN "
                                "pg_catalog.pg_roles r ON r.oid = c.relowner WHERE r.rolname = {} "
                                "AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY c.oid",
                                QuoteText(loader))));
  std::vector<std::string> tables;
  tables.reserve(rows.size());
  for (const QueryRow& row : rows) {
    if (row.size() != 2) {
      return Fail(ErrorCode::kDatabaseFailed, "an unreadable list of tables");
    }
    tables.push_back(fmt::format("{}.{}", QuoteName(row[0]), QuoteName(row[1])));
  }
  std::string script = HandOverTables(tables, owner);
  // REASSIGN OWNED takes the database itself along; in the same transaction it is given back, so
  // that nobody ever sees the side database owned by Odoo's role.
  script +=
      fmt::format("BEGIN; REASSIGN OWNED BY {0} TO {1}; ALTER DATABASE {2} OWNER TO {0}; COMMIT;\n",
                  QuoteName(loader), QuoteName(owner), QuoteName(database));
  // From here on nothing logs in as the loader any more.
  script += fmt::format("ALTER ROLE {} NOLOGIN;\n", QuoteName(loader));
  // No dump carries settings of its database. One that made some by itself would have Odoo's role
  // find a stranger's functions first.
  script += fmt::format("ALTER DATABASE {} RESET ALL;\n", QuoteName(database));
  return cluster.Execute(ctx, database, script);
}

}  // namespace reprise::postgres
