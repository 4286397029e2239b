#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "catalog/database.hpp"
#include "catalog/dialect.hpp"
#include "catalog/sqlite_connection.hpp"

namespace reprise::catalog {

// The schema's history: text n takes it from version n to n + 1. Written once, in SQLite's words;
// SchemaTextFor tells them to PostgreSQL. Never edit one that was released.
[[nodiscard]] std::span<const std::string_view> Migrations();

// A database as its schema's history sees it.
class SchemaTarget {
 public:
  virtual ~SchemaTarget() = default;
  [[nodiscard]] virtual Dialect dialect() const = 0;
  // 0 for an empty database. May be asked within InTransaction.
  [[nodiscard]] virtual Result<std::int64_t> Version() = 0;
  // One transaction that shuts out every other process that migrates.
  [[nodiscard]] virtual Status InTransaction(const std::function<Status(Transaction&)>& work) = 0;
  // Runs a text of several statements within that transaction.
  [[nodiscard]] virtual Status Run(const std::string& script) = 0;
};

// The schema of an SQLite file; `connection` must outlive it.
[[nodiscard]] std::unique_ptr<SchemaTarget> SqliteSchemaOf(SqliteConnection& connection);

// The table that says which versions a catalog's schema has come through.
inline constexpr std::string_view kVersionTable =
    "CREATE TABLE IF NOT EXISTS schema_version ("
    "version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT";

// 0 for an empty database.
[[nodiscard]] Result<std::int64_t> SchemaVersion(SqliteConnection& connection);

// kIncompatible when the schema is newer than the end of `migrations`. Changes nothing.
[[nodiscard]] Status CheckSchemaKnown(SchemaTarget& target,
                                      std::span<const std::string_view> migrations);
[[nodiscard]] Status CheckSchemaKnown(SqliteConnection& connection,
                                      std::span<const std::string_view> migrations);

// Brings the schema from where it is to the end of `migrations`, each text in a transaction of its
// own, so a crash leaves a whole version. A schema that is newer is left alone.
[[nodiscard]] Result<SchemaChange> Migrate(SchemaTarget& target,
                                           std::span<const std::string_view> migrations);
[[nodiscard]] Result<SchemaChange> Migrate(SqliteConnection& connection,
                                           std::span<const std::string_view> migrations);

}  // namespace reprise::catalog
