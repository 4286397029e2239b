#include "postgres/snapshot_dump.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>

#include "base/lines.hpp"
#include "postgres/quote.hpp"
#include "postgres/sql_errors.hpp"

namespace reprise::postgres {
namespace {

constexpr std::string_view kFieldSeparator = "\x1f";
constexpr std::string_view kEndMark = "--reprise-end-of-answer--";

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
  std::unique_ptr<SnapshotSession> session(new SnapshotSession(ctx));
  docker::Engine& engine = cluster.engine();
  session->group_.Spawn([session = session.get(), &engine, login,
                         container = cluster.container()](const Context& inner) -> Status {
    TailWriter error;
    const auto exit_code = engine.Exec(inner, container,
                                       {.argv = {"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-A",
                                                 "-t", "-F", std::string(kFieldSeparator)},
                                        .environment = login},
                                       {.input = &session->input_.reader(),
                                        .output = &session->output_.writer(),
                                        .error = &error});
    Error failure{
        ErrorCode::kDatabaseFailed,
        fmt::format("the session that holds the snapshot ended: {}", FirstComplaint(error.text()))};
    if (!exit_code) failure = exit_code.error();
    session->output_.FailWriter(failure);
    session->input_.FailReader(std::move(failure));
    return {};
  });
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

SnapshotSession::~SnapshotSession() {
  // End of input ends psql, and with it the transaction.
  [[maybe_unused]] const Status closed = input_.writer().Close(Context());
  output_.FailReader(Error{ErrorCode::kCancelled, "closed"});
  if (has_failed_) group_.Stop();  // psql may be in the middle of a long answer
  [[maybe_unused]] const Status joined = group_.Join();
}

Result<std::vector<QueryRow>> SnapshotSession::Query(const Context& ctx, std::string_view sql) {
  auto rows = Ask(ctx, sql);
  has_failed_ = !rows;
  return rows;
}

Result<std::vector<QueryRow>> SnapshotSession::Ask(const Context& ctx, std::string_view sql) {
  RETURN_IF_ERROR(
      input_.writer().Write(ctx, BytesOf(fmt::format("{}\n;\nSELECT '{}';\n", sql, kEndMark))));
  std::vector<QueryRow> rows;
  std::array<std::byte, 64 * 1024> buffer{};
  while (true) {
    for (std::size_t end = pending_.find('\n'); end != std::string::npos;
         end = pending_.find('\n')) {
      const std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (line == kEndMark) return rows;
      if (!line.empty()) rows.push_back(Split(line, kFieldSeparator.front()));
    }
    ASSIGN_OR_RETURN(const std::size_t count, output_.reader().Read(ctx, buffer));
    if (count == 0) {
      return Fail(ErrorCode::kDatabaseFailed, "the session that holds the snapshot ended");
    }
    pending_.append(TextOf(ConstByteSpan(buffer).first(count)));
  }
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
