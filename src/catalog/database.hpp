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

  // What stands at the end of a SELECT whose rows no other writer may change until the end of this
  // transaction. kSkip leaves out those that another one holds. Empty where writers are one at a
  // time anyway.
  enum class RowLock { kWait, kSkip };
  [[nodiscard]] virtual std::string_view LockSql(RowLock /*lock*/) const { return {}; }
  // From here to its end no other transaction that called this commits: rows that are numbered
  // after it become visible in the order of their numbers (ADR 9).
  [[nodiscard]] virtual Status HoldCommitOrder() { return {}; }
  // Told to the subscribers of other processes when this commits. Letters, digits, spaces.
  virtual void Announce(std::string_view /*message*/) {}
};

// Ends the subscription when destroyed.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

// The catalog's database: SQLite (WAL, synchronous=FULL) in one file, or a database of a PostgreSQL
// server that many processes share. Thread-safe. One SQL text for both: $n, RETURNING, ON CONFLICT,
// times as BIGINT microseconds, booleans as 0/1.
//
// A failed statement ends the transaction: `work` returns its error and begins nothing else. Where
// nothing can have been committed yet, `work` may be run again from its begin (a lost connection, a
// deadlock), so what it captures it sets and never adds to.
class Database {
 public:
  virtual ~Database() = default;
  // Runs `work` in a transaction; commits when it is ok, else rolls back. Durable once it returns
  // ok. One at a time over all processes, so what `work` reads stays so until it ends. Readers go
  // on beside it. A Write begun by `work` itself is kInternal; a Read by it does not see what it
  // wrote. kUnavailable when the server cannot be reached: nothing was changed, unless the message
  // says that the answer to the commit was lost.
  [[nodiscard]] virtual Status Write(const std::function<Status(Transaction&)>& work) = 0;
  // The same for work that itself holds the rows on which it depends, by changing them first or
  // with LockSql: many run at once, also beside a Write.
  [[nodiscard]] virtual Status WriteRows(const std::function<Status(Transaction&)>& work) {
    return Write(work);
  }
  // The same, reading only, and all of it at one moment.
  [[nodiscard]] virtual Status Read(const std::function<Status(Transaction&)>& work) = 0;

  // Calls `heard`, from a thread of the database's own, with what other processes announce, and
  // with
  // "" when something may have been missed. It must return soon. nullptr where nobody else writes.
  using Heard = std::function<void(std::string_view)>;
  [[nodiscard]] virtual std::unique_ptr<Subscription> Subscribe(const Heard& /*heard*/) {
    return nullptr;
  }
  // Whether other processes may have it open too.
  [[nodiscard]] virtual bool IsShared() const { return false; }
};

// The schema's version before and after it was brought up to date.
struct SchemaChange {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

// Opens (and makes) the file and brings its schema up to date; a copy of an older one is kept as
// PATH.schema-N. A schema newer than this program is kIncompatible and left alone.
[[nodiscard]] Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path,
                                                           SchemaChange* change = nullptr);
// The same for a "postgresql://user@host/name" (all that libpq takes; the database must exist). A
// password comes from the URL, PGPASSWORD or a passfile, and is never told.
[[nodiscard]] Result<std::unique_ptr<Database>> OpenPostgres(const std::string& url,
                                                             SchemaChange* change = nullptr);
[[nodiscard]] bool IsPostgresUrl(std::string_view text);

}  // namespace reprise::catalog
