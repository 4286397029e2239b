#pragma once

#include <string_view>

namespace reprise::catalog {

// What copies of a project's production go through besides being neutralized.
inline constexpr std::string_view kMigrationSafeCopy = R"sql(
CREATE TABLE safe_copy (
  project_id TEXT PRIMARY KEY REFERENCES project (id),
  settings TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
)sql";

}  // namespace reprise::catalog
