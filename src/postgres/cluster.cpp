#include "postgres/cluster.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/lines.hpp"
#include "postgres/answer_writer.hpp"
#include "postgres/parse_number.hpp"
#include "postgres/quote.hpp"
#include "postgres/sql_errors.hpp"

namespace reprise::postgres {
namespace {

// What a container said last, as a part of a sentence; empty when it said nothing.
std::string LastWords(const Context& ctx, docker::Engine& engine, const std::string& container) {
  const std::string log = engine.Logs(ctx, container, 1).value_or("");
  const std::size_t end = log.find_last_not_of(" \r\n");
  if (end == std::string::npos) return {};
  return fmt::format("; it said last: {}", log.substr(0, std::min<std::size_t>(end + 1, 500)));
}

}  // namespace

Result<docker::EnvironmentVariables> Cluster::AdminLogin(const Context& ctx) const {
  // Told for the session, so that no setting of the database (which a dump may have made) or of the
  // role comes instead: in a schema of their own strangers could stand in for operators and tables.
  docker::EnvironmentVariables login{
      {"PGUSER", admin_},
      {"PGAPPNAME", "reprise"},
      {"PGOPTIONS", password_ ? "-c search_path=public" : "-c search_path=pg_catalog"}};
  if (password_) {
    login["PGHOST"] = "127.0.0.1";
    login["PGPASSWORD"] = *password_;
    return login;
  }
  ASSIGN_OR_RETURN(const docker::ContainerInfo info, engine_->Inspect(ctx, container_));
  const auto password = info.environment.find("POSTGRES_PASSWORD");
  if (password != info.environment.end()) login["PGPASSWORD"] = password->second;
  return login;
}

Status Cluster::Stream(const Context& ctx, std::string_view database, std::string_view sql,
                       ByteWriter& to) const {
  StringReader input{std::string(sql)};
  return Stream(ctx, database, input, to);
}

Status Cluster::Stream(const Context& ctx, std::string_view database, ByteReader& sql,
                       ByteWriter& to) const {
  ASSIGN_OR_RETURN(docker::EnvironmentVariables login, AdminLogin(ctx));
  login["PGDATABASE"] = database;
  const docker::ExecSpec psql{.argv = PsqlCommand(), .environment = std::move(login)};
  TailWriter error;
  ASSIGN_OR_RETURN(
      const int exit_code,
      engine_->Exec(ctx, container_, psql, {.input = &sql, .output = &to, .error = &error}));
  if (exit_code != 0) return Fail(PsqlError(error.text(), container_));
  return {};
}

Result<std::vector<QueryRow>> Cluster::Query(const Context& ctx, std::string_view database,
                                             std::string_view sql) const {
  if (idle_) {
    std::unique_ptr<PsqlSession> session = idle_->Take(ctx, std::string(database));
    if (!session) {
      ASSIGN_OR_RETURN(docker::EnvironmentVariables login, AdminLogin(ctx));
      login["PGDATABASE"] = database;
      session = std::make_unique<PsqlSession>(idle_->context(), *engine_, container_,
                                              std::move(login), PsqlSession::Limits{});
    }
    auto rows = session->Query(ctx, sql);
    if (rows) idle_->GiveBack(std::string(database), std::move(session));
    return rows;
  }
  AnswerWriter output;
  RETURN_IF_ERROR(Stream(ctx, database, sql, output));
  return RowsOf(output.text());
}

Status Cluster::Execute(const Context& ctx, std::string_view database, std::string_view sql) const {
  RETURN_IF_ERROR(Query(ctx, database, sql));
  return {};
}

Status Cluster::ExecuteAlone(const Context& ctx, std::string_view fence,
                             std::string_view sql) const {
  constexpr int kTries = 6;
  for (int attempt = 1;; ++attempt) {
    if (!fence.empty()) RETURN_IF_ERROR(Execute(ctx, "postgres", fence));
    Status done = Execute(ctx, "postgres", sql);
    const bool is_in_use =
        !done && done.error().message.find("is being accessed by other users") != std::string::npos;
    if (!is_in_use || attempt == kTries) return done;
    RETURN_IF_ERROR(ctx.Sleep(std::chrono::seconds(1)));
  }
}

Result<std::string> Cluster::QueryValue(const Context& ctx, std::string_view database,
                                        std::string_view sql) const {
  ASSIGN_OR_RETURN(const std::vector<QueryRow> rows, Query(ctx, database, sql));
  if (rows.empty() || rows.front().empty()) {
    return Fail(ErrorCode::kDatabaseFailed, "PostgreSQL answered with no row where one was needed");
  }
  return rows.front().front();
}

Result<int> Cluster::VersionNumber(const Context& ctx) const {
  ASSIGN_OR_RETURN(const std::string text, QueryValue(ctx, "postgres", "SHOW server_version_num"));
  ASSIGN_OR_RETURN(const std::uint64_t number, ParseNumber(text));
  return static_cast<int>(number);
}

Result<std::string> Cluster::Version(const Context& ctx) const {
  ASSIGN_OR_RETURN(const int number, VersionNumber(ctx));
  return fmt::format("{}.{}", number / 10000, number % 10000);
}

Result<std::vector<DatabaseInfo>> Cluster::Databases(const Context& ctx) const {
  ASSIGN_OR_RETURN(const std::vector<QueryRow> rows,
                   Query(ctx, "postgres",
                         "SELECT datname, oid, pg_get_userbyid(datdba), datallowconn, "
                         "pg_encoding_to_char(encoding), datcollate, datctype "
                         "FROM pg_database WHERE NOT datistemplate ORDER BY datname"));
  std::vector<DatabaseInfo> databases;
  for (const QueryRow& row : rows) {
    if (row.size() != 7) return Fail(ErrorCode::kDatabaseFailed, "an unreadable list of databases");
    databases.push_back({row[0], row[1], row[2], row[3] == "t", row[4], row[5], row[6]});
  }
  return databases;
}

Result<std::optional<DatabaseInfo>> Cluster::FindDatabase(const Context& ctx,
                                                          std::string_view name) const {
  ASSIGN_OR_RETURN(std::vector<DatabaseInfo> databases, Databases(ctx));
  for (DatabaseInfo& database : databases) {
    if (database.name == name) return std::optional(std::move(database));
  }
  return std::nullopt;
}

Result<std::uint64_t> Cluster::DatabaseBytes(const Context& ctx, std::string_view name) const {
  ASSIGN_OR_RETURN(
      const std::string text,
      QueryValue(ctx, "postgres", fmt::format("SELECT pg_database_size({})", QuoteText(name))));
  return ParseNumber(text);
}

Result<std::uint64_t> Cluster::FreeBytes(const Context& ctx) const {
  ASSIGN_OR_RETURN(const std::string directory, QueryValue(ctx, "postgres", "SHOW data_directory"));
  ASSIGN_OR_RETURN(const std::string text,
                   docker::ExecText(ctx, *engine_, container_,
                                    {.argv = {"df", "-P", "-k", directory}, .user = "root"}));
  const std::vector<std::string> lines = SplitLines(text);
  if (lines.size() < 2) return Fail(ErrorCode::kContainerFailed, "df gave no answer");
  std::vector<std::string> words;
  for (std::string& word : Split(lines.back(), ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  if (words.size() < 4) return Fail(ErrorCode::kContainerFailed, "df gave no readable answer");
  ASSIGN_OR_RETURN(const std::uint64_t kilobytes, ParseNumber(words[3]));
  return kilobytes * 1024;
}

Status Cluster::DropDatabase(const Context& ctx, std::string_view name) const {
  return DropWhere(ctx, name, fmt::format("datname = {}", QuoteText(name)));
}

Status Cluster::DropDatabase(const Context& ctx, const DatabaseInfo& database) const {
  ASSIGN_OR_RETURN(const std::uint64_t oid, ParseNumber(database.oid));
  return DropWhere(ctx, database.name,
                   fmt::format("datname = {} AND oid = {}", QuoteText(database.name), oid));
}

Status Cluster::DropWhere(const Context& ctx, std::string_view name, std::string_view where) const {
  // DROP … WITH (FORCE) exists only from PostgreSQL 13 on; this does the same for older servers
  // too.
  return ExecuteAlone(
      ctx, "",
      fmt::format("SELECT count(*) > 0 AS there FROM pg_database WHERE {2} \\gset\n"
                  "\\if :there\n"
                  "ALTER DATABASE {1} ALLOW_CONNECTIONS false;\n"
                  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {0};\n"
                  "DROP DATABASE {1};\n"
                  "\\endif\n",
                  QuoteText(name), QuoteName(name), where));
}

Status Cluster::DropRole(const Context& ctx, std::string_view name) const {
  return Execute(ctx, "postgres", fmt::format("DROP ROLE IF EXISTS {}", QuoteName(name)));
}

Status Cluster::WaitReady(const Context& ctx, std::chrono::seconds most) const {
  const Context limited = ctx.WithTimeout(most);
  while (true) {
    // By TCP: during its first start the official image answers on the socket before it is done.
    const auto answer = docker::ExecText(limited, *engine_, container_,
                                         {.argv = {"pg_isready", "-q", "-h", "127.0.0.1"}});
    if (answer) return {};
    if (answer.error().code == ErrorCode::kCancelled) return Fail(answer.error());
    auto slept = limited.Sleep(std::chrono::milliseconds(150));
    if (!slept && slept.error().code == ErrorCode::kTimeout) {
      return Fail(ErrorCode::kTimeout,
                  fmt::format("PostgreSQL in {} did not become ready within {} s{}", container_,
                              most.count(), LastWords(ctx, *engine_, container_)),
                  fmt::format("look into its log: docker logs {} --tail 100", container_));
    }
    RETURN_IF_ERROR(std::move(slept));
  }
}

}  // namespace reprise::postgres
