#include "postgres/snapshot_dump.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "base/lines.hpp"
#include "postgres/quote.hpp"
#include "postgres/sql_errors.hpp"

namespace reprise::postgres {
namespace {

using AskRows = std::function<Result<std::vector<QueryRow>>(std::string_view sql)>;

Result<RowCounts> CountBy(const AskRows& ask) {
  ASSIGN_OR_RETURN(const auto tables, ask("SELECT n.nspname, c.relname FROM pg_class c "
                                          "JOIN pg_namespace n ON n.oid = c.relnamespace "
                                          "WHERE c.relkind = 'r' AND c.relpersistence <> 't' "
                                          "AND n.nspname NOT IN "
                                          "('pg_catalog', 'information_schema') ORDER BY 1, 2"));
  RowCounts counts;
  // Many tables in one answer: a database of Odoo has hundreds, most of them small.
  constexpr std::size_t kAtOnce = 100;
  for (std::size_t start = 0; start < tables.size(); start += kAtOnce) {
    std::string sql;
    for (std::size_t i = start; i < std::min(start + kAtOnce, tables.size()); ++i) {
      const std::string& schema = tables[i][0];
      const std::string& table = tables[i][1];
      sql += fmt::format("{}SELECT {}, count(*) FROM ONLY {}.{}", sql.empty() ? "" : " UNION ALL ",
                         QuoteText(fmt::format("{}.{}", schema, table)), QuoteName(schema),
                         QuoteName(table));
    }
    ASSIGN_OR_RETURN(const auto rows, ask(sql));
    for (const QueryRow& row : rows) {
      if (row.size() == 2) counts[row[0]] = std::strtoull(row[1].c_str(), nullptr, 10);
    }
  }
  return counts;
}

// Whatever else has failed or was cancelled; a server that is away has none.
void EndSessionsOf(const Cluster& cluster, const std::string& name) {
  [[maybe_unused]] const auto ended =
      cluster.Query(Context().WithTimeout(std::chrono::seconds(10)), "postgres",
                    fmt::format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                "application_name = {}",
                                QuoteText(name)));
}

}  // namespace

Result<std::unique_ptr<SnapshotSession>> SnapshotSession::Open(const Context& ctx,
                                                               const Cluster& cluster,
                                                               const std::string& database) {
  ASSIGN_OR_RETURN(docker::EnvironmentVariables login, cluster.AdminLogin(ctx));
  login["PGDATABASE"] = database;
  std::unique_ptr<SnapshotSession> session(new SnapshotSession(ctx, cluster, std::move(login)));
  ASSIGN_OR_RETURN(const auto rows,
                   session->Query(ctx,
                                  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                                  "SELECT pg_export_snapshot();"));
  if (rows.size() != 1) {
    return Fail(ErrorCode::kDatabaseFailed, "PostgreSQL did not export a snapshot");
  }
  session->snapshot_ = rows.front().front();
  return session;
}

Status DumpDatabase(const Context& ctx, const Cluster& cluster, const std::string& database,
                    const std::string& snapshot, ByteWriter& to) {
  ASSIGN_OR_RETURN(docker::EnvironmentVariables login, cluster.AdminLogin(ctx));
  login["PGDATABASE"] = database;
  const std::string name = "reprise_dump_" + snapshot;
  login["PGAPPNAME"] = name;
  TailWriter error;
  const auto exit_code =
      cluster.engine().Exec(ctx, cluster.container(),
                            {.argv = {"pg_dump", "--format=custom", "--compress=1", "--no-password",
                                      "--snapshot=" + snapshot},
                             .environment = std::move(login)},
                            {.output = &to, .error = &error});
  if (!exit_code) {
    // The engine lets a program go on that nobody listens to any more.
    EndSessionsOf(cluster, name);
    return Fail(exit_code.error());
  }
  if (*exit_code != 0) {
    return Fail(ErrorCode::kDumpFailed,
                fmt::format("pg_dump of \"{}\" in {} failed: {}", database, cluster.container(),
                            FirstComplaint(error.text())));
  }
  return {};
}

Result<RowCounts> CountRows(const Context& ctx, SnapshotSession& session) {
  return CountBy([&](std::string_view sql) { return session.Query(ctx, sql); });
}

Result<RowCounts> CountRows(const Context& ctx, const Cluster& cluster,
                            const std::string& database) {
  return CountBy([&](std::string_view sql) { return cluster.Query(ctx, database, sql); });
}

}  // namespace reprise::postgres
