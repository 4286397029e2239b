#include "postgres/own_sql.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "archive/sql_scanner.hpp"
#include "base/lines.hpp"
#include "postgres/quote.hpp"

namespace reprise::postgres {
namespace {

// Each statement is a subtransaction, so that a failure can be told with its number. A time limit
// that is over is not caught: the server names the statement itself.
constexpr std::string_view kLoop = R"(
DECLARE
  statements text[] := ARRAY[{}]::text[];
  touched bigint;
  all_touched text := '';
BEGIN
  FOR at IN 1 .. array_length(statements, 1) LOOP
    BEGIN
      EXECUTE statements[at];
      GET DIAGNOSTICS touched = ROW_COUNT;
    EXCEPTION WHEN OTHERS THEN
      RAISE EXCEPTION 'statement % (%) failed: %', at,
        left(btrim(regexp_replace(statements[at], '[[:space:]]+', ' ', 'g')), 200), SQLERRM;
    END;
    all_touched := all_touched || touched || ',';
  END LOOP;
  PERFORM set_config('reprise.touched', all_touched, false);
END
)";

Error NotPlainSql(std::string message) {
  Error error{ErrorCode::kInvalidArgument, std::move(message),
              "write plain statements, each ended by a semicolon"};
  return error;
}

}  // namespace

Result<std::vector<std::string>> SplitStatements(std::string_view sql) {
  std::vector<std::string> statements;
  StringReader reader(std::string(sql) + "\n;\n");
  archive::SqlScanner scanner(reader);
  while (true) {
    const auto event = scanner.Next(Context());
    if (!event) return Fail(NotPlainSql("is not SQL alone: " + event.error().message));
    if (event->kind == archive::SqlEventKind::kEnd) return statements;
    if (event->kind == archive::SqlEventKind::kText) continue;
    if (event->kind != archive::SqlEventKind::kStatement) {
      return Fail(NotPlainSql("holds data of COPY, or a statement that is too long"));
    }
    const archive::SqlStatement& statement = scanner.statement();
    // A semicolon after nothing but comments is none.
    if (TrimSpace(statement.text.substr(statement.first_token)) == ";") continue;
    statements.emplace_back(TrimSpace(statement.text));
  }
}

Result<std::vector<std::uint64_t>> RunOwnSql(const Context& ctx, const Cluster& cluster,
                                             std::string_view database, const OwnSql& sql) {
  std::vector<std::uint64_t> touched;
  if (sql.statements.empty()) return touched;
  std::string quoted;
  for (const std::string& statement : sql.statements) {
    quoted += (quoted.empty() ? "" : ", ") + QuoteText(statement);
  }
  const std::string script = fmt::format(
      "BEGIN;\nSET LOCAL statement_timeout = {};\nDO {};\nRESET ROLE;\n{}\nCOMMIT;\n"
      "SELECT current_setting('reprise.touched');\n",
      std::chrono::milliseconds(sql.limit).count(),
      QuoteText(fmt::format(fmt::runtime(kLoop), quoted)), sql.closing);
  // The server's clock is what counts; ours is for a server that does not answer.
  const Context limited = ctx.WithTimeout(sql.limit + std::chrono::seconds(30));
  ASSIGN_OR_RETURN(const std::string told, cluster.QueryValue(limited, database, script));
  for (const std::string& number : Split(told, ',')) {
    if (!number.empty()) touched.push_back(std::strtoull(number.c_str(), nullptr, 10));
  }
  return touched;
}

}  // namespace reprise::postgres
