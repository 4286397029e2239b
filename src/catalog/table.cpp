#include "catalog/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace reprise::catalog {
namespace {

constexpr int kLargestPage = 100;

}  // namespace

std::string Table::SelectSql() const {
  return fmt::format("SELECT {} FROM {}", fmt::join(columns, ", "), name);
}

std::string Table::InsertSql() const {
  std::string places;
  for (std::size_t i = 1; i <= columns.size(); ++i) {
    places += fmt::format("{}${}", i == 1 ? "" : ", ", i);
  }
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", name, fmt::join(columns, ", "), places);
}

std::string Table::UpdateSql() const {
  std::string changes;
  for (std::size_t i = 1; i < columns.size(); ++i) {
    changes += fmt::format("{}{} = ${}", i == 1 ? "" : ", ", columns[i], i + 1);
  }
  return fmt::format("UPDATE {} SET {} WHERE {} = $1", name, changes, columns.front());
}

void Conditions::Add(std::string_view column_and_operator, Value value) {
  values_.push_back(std::move(value));
  sql_ += fmt::format("{}{} ${}", sql_.empty() ? " WHERE " : " AND ", column_and_operator,
                      values_.size());
}

void Conditions::AddIn(std::string_view column, std::vector<Value> values) {
  if (values.empty()) {
    AddPlain("1 = 0");
    return;
  }
  std::string places;
  for (Value& value : values) {
    values_.push_back(std::move(value));
    places += fmt::format("{}${}", places.empty() ? "" : ", ", values_.size());
  }
  AddPlain(fmt::format("{} IN ({})", column, places));
}

void Conditions::AddPlain(std::string_view condition) {
  sql_ += fmt::format("{}{}", sql_.empty() ? " WHERE " : " AND ", condition);
}

Conditions Conditions::Within(std::string_view condition) const {
  Conditions outer;
  outer.values_ = values_;
  const std::size_t hole = condition.find("{}");
  outer.AddPlain(
      fmt::format("{}{}{}", condition.substr(0, hole), sql_, condition.substr(hole + 2)));
  return outer;
}

std::optional<double> RowReader::OptionalReal() {
  const std::size_t column = next_++;
  if (row_.IsNull(column)) return std::nullopt;
  return row_.Real(column);
}

std::optional<Instant> RowReader::OptionalTime() {
  const std::optional<std::int64_t> micros = row_.OptionalInt(next_++);
  if (!micros) return std::nullopt;
  return FromMicros(*micros);
}

Status RowReader::Finish(const Table& table) const {
  if (unknown_.empty()) return {};
  return Fail(ErrorCode::kInternal,
              fmt::format("{} {} in the catalog holds \"{}\", which this program does not know",
                          table.thing, row_.Text(0), unknown_),
              "it was written by a newer reprise or changed by hand");
}

Value TimeValue(Instant when) { return ToMicros(when); }

Value OptionalTimeValue(const std::optional<Instant>& when) {
  if (!when) return std::monostate{};
  return ToMicros(*when);
}

Value OptionalRealValue(const std::optional<double>& value) {
  if (!value) return std::monostate{};
  return *value;
}

Value OptionalIdValue(const std::string& id) {
  if (id.empty()) return std::monostate{};
  return id;
}

Result<Row> GetRow(Transaction& transaction, const Table& table, const std::string& id) {
  const std::string sql = fmt::format("{} WHERE {} = $1", table.SelectSql(), table.columns.front());
  ASSIGN_OR_RETURN(std::vector<Row> rows, transaction.Query(sql, {id}));
  if (rows.empty()) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no {} {}", table.thing, id));
  }
  return std::move(rows.front());
}

PageRequest Limited(PageRequest page) {
  return {std::max(page.page, 1), std::clamp(page.page_size, 1, kLargestPage)};
}

}  // namespace reprise::catalog
