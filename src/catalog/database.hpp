#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace reprise::catalog {

using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

// One row of an answer. Columns count from 0; NULL reads as 0 or "".
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
  [[nodiscard]] bool IsNull(std::size_t column) const;
  [[nodiscard]] std::int64_t Int(std::size_t column) const;
  [[nodiscard]] double Real(std::size_t column) const;
  [[nodiscard]] std::string Text(std::size_t column) const;
  [[nodiscard]] std::optional<std::int64_t> OptionalInt(std::size_t column) const;

 private:
  std::vector<Value> values_;
};

// Inside a transaction: statements with $1..$n.
class Transaction {
 public:
  virtual ~Transaction() = default;
  [[nodiscard]] virtual Result<std::vector<Row>> Query(std::string_view sql,
                                                       const std::vector<Value>& values) = 0;
  // Rows changed. kConflict when a unique key is taken (the message names it).
  [[nodiscard]] virtual Result<std::int64_t> Execute(std::string_view sql,
                                                     const std::vector<Value>& values) = 0;
};

// The catalog's database: SQLite (WAL, synchronous=FULL) in one file. Thread-safe: one writer at a
// time (BEGIN IMMEDIATE), readers beside it. One SQL dialect that PostgreSQL shares: $n, RETURNING,
// ON CONFLICT, times as BIGINT microseconds, booleans as 0/1.
class Database {
 public:
  virtual ~Database() = default;
  // Runs `work` in a transaction; commits when it is ok, else rolls back. Durable once it returns
  // ok. A Write begun by `work` itself is kInternal; a Read by it does not see what it wrote.
  [[nodiscard]] virtual Status Write(const std::function<Status(Transaction&)>& work) = 0;
  // The same, reading only.
  [[nodiscard]] virtual Status Read(const std::function<Status(Transaction&)>& work) = 0;
};

// Opens (and makes) the file and brings its schema up to date. A schema newer than this program is
// kIncompatible and left alone.
[[nodiscard]] Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path);

}  // namespace reprise::catalog
