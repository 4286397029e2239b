#pragma once

#include <span>
#include <string_view>

#include "base/error.hpp"
#include "catalog/sqlite_connection.hpp"

namespace reprise::catalog {

// The schema's history: text n takes it from version n to n + 1. Never edit one that was released.
[[nodiscard]] std::span<const std::string_view> Migrations();

// kIncompatible when the file's schema is newer than the end of `migrations`. Changes nothing.
[[nodiscard]] Status CheckSchemaKnown(SqliteConnection& connection,
                                      std::span<const std::string_view> migrations);

// Brings the schema from where it is to the end of `migrations`, each text in a transaction of its
// own, so a crash leaves a whole version. A schema that is newer is left alone.
[[nodiscard]] Status Migrate(SqliteConnection& connection,
                             std::span<const std::string_view> migrations);

}  // namespace reprise::catalog
