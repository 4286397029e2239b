#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "catalog/database.hpp"
#include "catalog/stores.hpp"

namespace reprise::catalog {

// The one list of a table's columns, in the order in which rows are read and written. The first is
// the key.
struct Table {
  std::string_view name;
  std::string_view thing;  // what a row is, to a person: "environment"
  std::span<const std::string_view> columns;

  [[nodiscard]] std::string SelectSql() const;  // without WHERE
  [[nodiscard]] std::string InsertSql() const;  // $1..$n
  [[nodiscard]] std::string UpdateSql() const;  // all but the key, of the row with key $1
};

// The conditions of a list, all of which must hold. `column` is never a stranger's text.
class Conditions {
 public:
  void Add(std::string_view column_and_operator, Value value);
  // Adds `column = value` when there is a value.
  template <class Id>
  void Equal(std::string_view column, const std::optional<Id>& id) {
    if (id) Add(std::string(column) + " =", id->value);
  }
  template <class Enum>
  void EqualName(std::string_view column, const std::optional<Enum>& value) {
    if (value) Add(std::string(column) + " =", std::string(NameOf(*value)));
  }
  // Adds `column IN (…)` when there is a list; an empty list lets nothing through.
  template <class Id>
  void In(std::string_view column, const std::optional<std::vector<Id>>& ids) {
    if (!ids) return;
    std::vector<Value> values;
    for (const Id& id : *ids) values.emplace_back(id.value);
    AddIn(column, std::move(values));
  }
  // A condition that takes no value.
  void AddPlain(std::string_view condition);
  // These conditions in the place of "{}" of one condition: of a subselect.
  [[nodiscard]] Conditions Within(std::string_view condition) const;
  [[nodiscard]] std::string Sql() const { return sql_; }  // " WHERE a = $1 AND b = $2", or ""
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  void AddIn(std::string_view column, std::vector<Value> values);

  std::string sql_;
  std::vector<Value> values_;
};

// Reads a row column by column, in the order of Table::columns. The first word that the program
// does not know is remembered and told by Finish.
class RowReader {
 public:
  explicit RowReader(const Row& row) : row_(row) {}
  [[nodiscard]] std::string Text() { return row_.Text(next_++); }
  [[nodiscard]] std::int64_t Int() { return row_.Int(next_++); }
  [[nodiscard]] bool Bool() { return Int() != 0; }
  [[nodiscard]] double Real() { return row_.Real(next_++); }
  [[nodiscard]] std::optional<double> OptionalReal();
  [[nodiscard]] Instant Time() { return FromMicros(Int()); }
  [[nodiscard]] std::optional<Instant> OptionalTime();
  template <class Id>
  [[nodiscard]] Id Identifier() {
    return Id{Text()};
  }
  template <class Enum>
  [[nodiscard]] Enum Named(std::optional<Enum> (*parse)(std::string_view)) {
    const std::string text = Text();
    const std::optional<Enum> value = parse(text);
    if (!value && unknown_.empty()) unknown_ = text;
    return value.value_or(Enum{});
  }
  // A column that `read` must make sense of.
  template <class T>
  [[nodiscard]] T Parsed(Result<T> (*read)(std::string_view)) {
    const std::string text = Text();
    Result<T> value = read(text);
    if (value) return std::move(*value);
    if (unknown_.empty()) unknown_ = text;
    return T{};
  }
  // kInternal when something was not understood: written by a newer program, or by hand.
  [[nodiscard]] Status Finish(const Table& table) const;

 private:
  const Row& row_;
  std::size_t next_ = 0;
  std::string unknown_;
};

[[nodiscard]] Value TimeValue(Instant when);
[[nodiscard]] Value OptionalTimeValue(const std::optional<Instant>& when);
[[nodiscard]] Value OptionalRealValue(const std::optional<double>& value);
// NULL for an empty id: what a foreign key wants.
[[nodiscard]] Value OptionalIdValue(const std::string& id);

// What `work` answers, read or written in one transaction.
template <class T, class Work>
[[nodiscard]] Result<T> ReadValue(Database& database, const Work& work) {
  T value{};
  RETURN_IF_ERROR(database.Read([&](Transaction& transaction) -> Status {
    ASSIGN_OR_RETURN(value, work(transaction));
    return {};
  }));
  return value;
}
template <class T, class Work>
[[nodiscard]] Result<T> WriteValue(Database& database, const Work& work) {
  T value{};
  RETURN_IF_ERROR(database.Write([&](Transaction& transaction) -> Status {
    ASSIGN_OR_RETURN(value, work(transaction));
    return {};
  }));
  return value;
}

// The row with that key, or kNotFound.
[[nodiscard]] Result<Row> GetRow(Transaction& transaction, const Table& table,
                                 const std::string& id);

// Page and page size put into their limits (1.., 1 to 100).
[[nodiscard]] PageRequest Limited(PageRequest page);

// A page of what `select` and `from` (with its conditions) tell, in the order given by both.
template <class T>
[[nodiscard]] Result<Page<T>> ListQuery(Database& database, const std::string& select,
                                        const std::string& from, const std::string& order,
                                        const std::vector<Value>& values, PageRequest page,
                                        T (*read)(const Row&)) {
  const PageRequest limited = Limited(page);
  Page<T> answer;
  answer.page = limited.page;
  answer.page_size = limited.page_size;
  RETURN_IF_ERROR(database.Read([&](Transaction& transaction) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> count,
                     transaction.Query("SELECT COUNT(*)" + from, values));
    answer.total = count.front().Int(0);
    const std::int64_t offset = std::int64_t{limited.page - 1} * limited.page_size;
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        transaction.Query(select + from + order + " LIMIT " + std::to_string(limited.page_size) +
                              " OFFSET " + std::to_string(offset),
                          values));
    for (const Row& row : rows) answer.items.push_back(read(row));
    return {};
  }));
  return answer;
}

// A page of `table`, newest first.
template <class T>
[[nodiscard]] Status ListRows(Transaction& transaction, const Table& table,
                              const Conditions& conditions, Result<T> (*read)(const Row&),
                              Page<T>& into) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> count,
      transaction.Query("SELECT COUNT(*) FROM " + std::string(table.name) + conditions.Sql(),
                        conditions.values()));
  into.total = count.front().Int(0);
  into.items.clear();  // of a first try
  const std::int64_t offset = std::int64_t{into.page - 1} * into.page_size;
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query(table.SelectSql() + conditions.Sql() +
                            " ORDER BY created_at DESC, id DESC LIMIT " +
                            std::to_string(into.page_size) + " OFFSET " + std::to_string(offset),
                        conditions.values()));
  for (const Row& row : rows) {
    ASSIGN_OR_RETURN(T item, read(row));
    into.items.push_back(std::move(item));
  }
  return {};
}

template <class T>
[[nodiscard]] Result<Page<T>> ListPage(Database& database, const Table& table,
                                       const Conditions& conditions, PageRequest page,
                                       Result<T> (*read)(const Row&)) {
  const PageRequest limited = Limited(page);
  Page<T> answer;
  answer.page = limited.page;
  answer.page_size = limited.page_size;
  RETURN_IF_ERROR(database.Read([&](Transaction& transaction) {
    return ListRows(transaction, table, conditions, read, answer);
  }));
  return answer;
}

}  // namespace reprise::catalog
