#pragma once

#include <string_view>

namespace reprise::catalog {

// What organizations may have at once; NULL: as much as there is room for.
inline constexpr std::string_view kMigrationQuotas = R"sql(
CREATE TABLE organization_quota (
  organization_id TEXT PRIMARY KEY REFERENCES organization (id),
  stored_bytes INTEGER,
  environments INTEGER,
  active_tasks INTEGER,
  updated_at INTEGER NOT NULL
) STRICT;
)sql";

}  // namespace reprise::catalog
