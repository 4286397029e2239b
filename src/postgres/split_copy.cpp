#include "postgres/split_copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "archive/printable.hpp"
#include "base/lines.hpp"
#include "postgres/parse_number.hpp"
#include "postgres/quote.hpp"
#include "postgres/sql_errors.hpp"

namespace reprise::postgres {
namespace {

// $1: the entry's number; $2: connections; $3: the dump. A shell tells only how the last program of
// a pipeline ended, so each says it by itself, on descriptor 3. awk reads to the end whatever it
// finds, so that nobody writes into a closed pipe, and tells by its exit code what it found last.
// Behind "\." stands what pg_dump ends a script with, and no row. psql would cut a row off at a
// zero byte, and say nothing; the byte that tr makes of it is in no UTF-8, and PostgreSQL refuses
// it.
constexpr std::string_view kScript = R"sh(exec 3>&1
list=/tmp/reprise.rows.$1
echo "$1" >"$list" || exit 1
{ pg_restore --data-only -L "$list" -f - "$3"; echo "pg_restore $?" >&3; } |
{ tr '\000' '\377'; echo "tr $?" >&3; } |
{ awk '
BEGIN { header = ENVIRON["REPRISE_HEADER"] "" }
state == 0 { if ($0 "" == header) state = 1; next }
state == 1 { if ($0 "" == "\\.") state = 2; else { ++rows; print }; next }
!/^(--( PostgreSQL database dump complete)?|\\unrestrict [0-9A-Za-z]+)?$/ { state = 3 }
END { printf "rows %.0f\n", rows | "cat >&3"; close("cat >&3"); exit state == 2 ? 0 : 3 + state }
'; echo "awk $?" >&3; } |
{ split -n "r/$2" --filter='exec psql -X -v ON_ERROR_STOP=1 -c "$REPRISE_COPY"' -
echo "split $?" >&3; }
)sh";
constexpr int kNoHeader = 3;
constexpr int kNoEnd = 4;
constexpr int kRowsBehindTheEnd = 6;
constexpr int kEndedByClosedPipe = 141;

// What the programs print on descriptor 3, and each psql ("COPY 1200") by itself.
struct Report {
  std::optional<std::uint64_t> pg_restore;
  std::optional<std::uint64_t> tr;
  std::optional<std::uint64_t> awk;
  std::optional<std::uint64_t> split;
  std::optional<std::uint64_t> rows;
  std::uint64_t copied = 0;
  bool is_readable = true;
};

Report ReadReport(std::string_view output) {
  Report report;
  for (const std::string& line : SplitLines(output)) {
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view word = std::string_view(line).substr(0, space);
    const auto number = ParseNumber(TrimSpace(std::string_view(line).substr(space)));
    const std::array<std::pair<std::string_view, std::optional<std::uint64_t>*>, 5> once = {
        {{"pg_restore", &report.pg_restore},
         {"tr", &report.tr},
         {"awk", &report.awk},
         {"split", &report.split},
         {"rows", &report.rows}}};
    const auto* found =
        std::find_if(once.begin(), once.end(), [&](const auto& one) { return one.first == word; });
    if (!number || (found == once.end() && word != "COPY")) {
      report.is_readable = false;
    } else if (found == once.end()) {
      report.copied += *number;
    } else {
      report.is_readable &= !found->second->has_value();
      *found->second = *number;
    }
  }
  return report;
}

std::string NameOf(const SplitTable& table) {
  return archive::Printable(table.schema + "." + table.name);
}

Status CheckEnd(std::uint64_t awk, const SplitTable& table) {
  if (awk == 0) return {};
  const auto corrupt = [&](std::string_view why) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the rows of {} in the dump {}", NameOf(table), why),
                "use another backup");
  };
  if (awk == kNoHeader) return corrupt("do not begin with the statement that its contents have");
  if (awk == kNoEnd) return corrupt("end without the mark of their end");
  if (awk == kRowsBehindTheEnd) return corrupt("go on behind the mark of their end");
  return Fail(LoadError("awk", fmt::format("it ended with {}", awk)));
}

}  // namespace

std::vector<std::string> SplitCopyCommand(const SplitTable& table, std::string_view dump_path) {
  return {"sh",
          "-c",
          std::string(kScript),
          "sh",
          std::to_string(table.dump_id),
          std::to_string(table.connections),
          std::string(dump_path)};
}

// The session is as pg_restore has it.
docker::EnvironmentVariables SplitCopyEnvironment(const SplitTable& table, const std::string& copy,
                                                  docker::EnvironmentVariables login) {
  login["PGOPTIONS"] += " -c search_path= -c client_min_messages=warning -c xmloption=content";
  login["REPRISE_HEADER"] = table.copy;
  login["REPRISE_COPY"] = copy;
  login["SHELL"] = "/bin/sh";
  login["LC_ALL"] = "C";
  return login;
}

Result<std::uint64_t> RowsOfSplitCopy(const SplitTable& table, const LoadClient::Ended& ended) {
  const Report report = ReadReport(ended.output);
  const bool is_restored = report.pg_restore == 0;
  if (report.pg_restore && !is_restored && report.pg_restore != kEndedByClosedPipe) {
    return Fail(LoadError("pg_restore", ended.complaints));
  }
  if (report.split && report.split != 0) return Fail(LoadError("psql", ended.complaints));
  if (report.tr && report.tr != 0) {
    return Fail(LoadError("tr", fmt::format("it ended with {}", *report.tr)));
  }
  if (report.awk) RETURN_IF_ERROR(CheckEnd(*report.awk, table));
  const bool is_whole = is_restored && report.tr && report.awk && report.split && report.rows;
  if (!is_whole || !report.is_readable || ended.exit_code != 0) {
    return Fail(LoadError("sh", ended.complaints));
  }
  if (report.copied != *report.rows) {
    return Fail(
        ErrorCode::kLoadFailed,
        fmt::format("of {} rows of {}, {} were loaded", *report.rows, NameOf(table), report.copied),
        "try again, and report this");
  }
  return report.copied;
}

Result<bool> CanSplitCopy(const Context& ctx, const LoadClient& client) {
  constexpr std::string_view kProbe =
      R"sh(printf '1\n2\n3\n' | awk '{ print ENVIRON["REPRISE_COPY"] $0 }' |
split -n r/3 --filter='test "$(cat | wc -c)" = 3 && echo 1' -)sh";
  ASSIGN_OR_RETURN(const LoadClient::Ended ended,
                   client.Run(ctx, {"sh", "-c", std::string(kProbe)},
                              {{"REPRISE_COPY", "x"}, {"SHELL", "/bin/sh"}, {"LC_ALL", "C"}}));
  return ended.exit_code == 0 && ended.output == "1\n1\n1\n";
}

Result<std::optional<std::string>> OwnCopyStatement(const Context& ctx, const Cluster& as_loader,
                                                    std::string_view database,
                                                    const SplitTable& table) {
  ASSIGN_OR_RETURN(
      const std::vector<QueryRow> rows,
      as_loader.Query(
          ctx, database,
          fmt::format("SELECT n.nspname, c.relname, a.attname, pg_catalog.quote_ident(n.nspname), "
                      "pg_catalog.quote_ident(c.relname), pg_catalog.quote_ident(a.attname) "
                      "FROM pg_catalog.pg_class c "
                      "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                      "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
                      "WHERE n.nspname = {} AND c.relname = {} AND c.relkind = 'r' "
                      "AND a.attnum > 0 AND NOT a.attisdropped AND "
                      // Older ones than 12 have no such column.
                      "coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') = '' "
                      "ORDER BY a.attnum",
                      QuoteText(table.schema), QuoteText(table.name))));
  // As pg_dump writes it, and with every name quoted by us.
  std::string dumped;
  std::string own;
  for (const QueryRow& row : rows) {
    if (row.size() != 6) return std::optional<std::string>();
    const bool is_first = dumped.empty();
    dumped += is_first ? fmt::format("COPY {}.{} ({}", row[3], row[4], row[5]) : ", " + row[5];
    own += is_first ? fmt::format("COPY {}.{} ({}", QuoteName(row[0]), QuoteName(row[1]),
                                  QuoteName(row[2]))
                    : ", " + QuoteName(row[2]);
  }
  if (dumped + ") FROM stdin;" != table.copy) return std::optional<std::string>();
  return std::optional(own + ") FROM STDIN");
}

}  // namespace reprise::postgres
