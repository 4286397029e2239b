#include "rescue/fenced_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json_fields.hpp"
#include "postgres/quote.hpp"

namespace reprise::rescue {
namespace {

using postgres::QueryRow;
using postgres::QuoteName;
using postgres::QuoteText;

constexpr std::size_t kCountedAtATime = 100;  // a statement locks each table with its indexes

constexpr std::string_view kFence =
    "SET search_path = pg_catalog;\n"
    "SET row_security = off;\n"
    "SET default_transaction_read_only = on;\n"
    "SET lock_timeout = '5s';\n"
    "SET datestyle = 'ISO';\n"
    "SET bytea_output = 'hex';\n"
    "SET extra_float_digits = 3;\n";

std::string FencedFor(std::string_view limit) {
  return fmt::format("{}SET statement_timeout = '{}';\n", kFence, limit);
}

std::string From(std::string_view table) {
  return fmt::format("FROM ONLY public.{}", QuoteName(table));
}

std::uint64_t NumberOf(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;  // -1, "never looked at", is 0
}

}  // namespace

std::string TextIn(const boost::json::object& row, std::string_view name) {
  const boost::json::value* value = row.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string AsText(std::string_view column) {
  const std::string name = QuoteName(column);
  return fmt::format("CASE WHEN {0} IS NULL THEN NULL ELSE format('%s', {0}) END", name);
}

Result<std::vector<QueryRow>> FencedTables::Query(const Context& ctx,
                                                  const std::string& sql) const {
  return cluster_.Query(ctx, database_, FencedFor("60s") + sql);
}

Result<std::map<std::string, RowCount>> FencedTables::Count(const Context& ctx) const {
  ASSIGN_OR_RETURN(const auto tables,
                   Query(ctx,
                         "SELECT c.relname, pg_relation_size(c.oid) <= 33554432"
                         " AND NOT c.relforcerowsecurity AND has_table_privilege(c.oid, 'SELECT'),"
                         " c.reltuples::bigint FROM pg_class c"
                         " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
                         " ORDER BY c.relname;"));
  std::map<std::string, RowCount> counts;
  std::vector<std::string> small;
  for (const QueryRow& row : tables) {
    if (row.size() != 3) continue;  // a name that no Odoo gives
    counts[row[0]] = {NumberOf(row[2]), false};
    if (row[1] == "t") small.push_back(row[0]);
  }
  for (std::size_t done = 0; done < small.size(); done += kCountedAtATime) {
    std::string sql;
    for (std::size_t i = done; i < std::min(done + kCountedAtATime, small.size()); ++i) {
      sql += fmt::format("{}SELECT {}, count(*) {}", sql.empty() ? "" : " UNION ALL ", i,
                         From(small[i]));
    }
    ASSIGN_OR_RETURN(const auto counted, Query(ctx, sql + ";"));
    for (const QueryRow& row : counted) {
      if (row.size() != 2 || NumberOf(row[0]) >= small.size()) continue;
      counts[small[NumberOf(row[0])]] = {NumberOf(row[1]), true};
    }
  }
  return counts;
}

Result<std::vector<TableColumn>> FencedTables::Columns(const Context& ctx,
                                                       const std::string& table) const {
  ASSIGN_OR_RETURN(const auto rows,
                   Query(ctx, fmt::format("SELECT a.attname, a.atttypid IN (20, 21, 23)"
                                          " FROM pg_attribute a JOIN pg_class c"
                                          " ON c.oid = a.attrelid WHERE c.relkind = 'r'"
                                          " AND c.relnamespace = 'public'::regnamespace"
                                          " AND c.relname = {} AND a.attnum > 0"
                                          " AND NOT a.attisdropped ORDER BY a.attnum;",
                                          QuoteText(table))));
  std::vector<TableColumn> columns;
  for (const QueryRow& row : rows) {
    if (row.size() == 2) columns.push_back({row[0], row[1] == "t"});
  }
  if (!columns.empty()) return columns;
  return Fail(ErrorCode::kNotFound, fmt::format("the backup has no table \"{}\"", table),
              "GET …/tables lists them");
}

Result<FoundRows> FencedTables::Rows(const Context& ctx, const std::string& table,
                                     std::int64_t limit, std::int64_t offset) const {
  ASSIGN_OR_RETURN(const auto columns, Columns(ctx, table));
  FoundRows found;
  std::string wanted;
  bool has_id = false;
  for (const TableColumn& column : columns) {
    wanted += fmt::format("{}left({}, 1000) AS c{}", wanted.empty() ? "" : ", ",
                          AsText(column.name), found.columns.size());
    found.columns.push_back(column.name);
    has_id = has_id || (column.name == "id" && column.is_whole_number);
  }
  ASSIGN_OR_RETURN(const auto rows,
                   Select(ctx, fmt::format("SELECT {} {}{} LIMIT {} OFFSET {}", wanted, From(table),
                                           has_id ? " ORDER BY id" : "", limit, offset)));
  for (const boost::json::object& row : rows) {
    std::vector<std::optional<std::string>>& values = found.rows.emplace_back();
    for (std::size_t i = 0; i < found.columns.size(); ++i) {
      const boost::json::value* value = row.if_contains(fmt::format("c{}", i));
      const bool is_text = value != nullptr && value->is_string();
      values.push_back(is_text ? std::optional(std::string(value->get_string())) : std::nullopt);
    }
  }
  return found;
}

Status FencedTables::WriteCsv(const Context& ctx, const std::string& table, ByteWriter& to) const {
  RETURN_IF_ERROR(Columns(ctx, table));
  return cluster_.Stream(ctx, database_,
                         fmt::format("{}COPY public.{} TO STDOUT WITH (FORMAT csv, HEADER);",
                                     FencedFor("1h"), QuoteName(table)),
                         to);
}

Status FencedTables::Write(const Context& ctx, const std::string& select, ByteWriter& to) const {
  return cluster_.Stream(ctx, database_, FencedFor("60s") + select + ";", to);
}

Result<std::vector<boost::json::object>> FencedTables::Select(const Context& ctx,
                                                              const std::string& select) const {
  // JSON has no line feeds and control characters of its own: a row is a record of psql.
  ASSIGN_OR_RETURN(const auto rows,
                   Query(ctx, fmt::format("SELECT row_to_json(r) FROM ({}) r;", select)));
  std::vector<boost::json::object> found;
  for (const QueryRow& row : rows) {
    if (row.size() != 1) return Fail(ErrorCode::kInternal, "a row is no JSON");
    ASSIGN_OR_RETURN(boost::json::value value, ParseJson(row.front()));
    if (!value.is_object()) return Fail(ErrorCode::kInternal, "a row is no JSON object");
    found.push_back(std::move(value.as_object()));
  }
  return found;
}

}  // namespace reprise::rescue
