#pragma once

#include <string_view>

namespace reprise::catalog {

// From where backups are fetched: addresses and headers, sealed, until the import has ended; empty
// afterwards. The row stays, as the task's steps are made of it.
inline constexpr std::string_view kMigrationImportSource = R"sql(
CREATE TABLE import_source (
  backup_id TEXT PRIMARY KEY,
  sealed_source TEXT NOT NULL
) STRICT;
)sql";

}  // namespace reprise::catalog
