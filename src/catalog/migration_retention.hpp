#pragma once

#include <string_view>

namespace reprise::catalog {

// How long backups are kept: of one environment, or of all of a project that have no policy of
// their own (environment_id is NULL; `scope` is the id of either).
inline constexpr std::string_view kMigrationRetention = R"sql(
CREATE TABLE retention_policy (
  scope TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project (id),
  environment_id TEXT REFERENCES environment (id),
  daily INTEGER NOT NULL,
  weekly INTEGER NOT NULL,
  monthly INTEGER NOT NULL,
  yearly INTEGER NOT NULL,
  before_changes_days INTEGER NOT NULL,
  manual_days INTEGER NOT NULL,
  time_zone TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
ALTER TABLE backup ADD COLUMN keep_forever INTEGER NOT NULL DEFAULT 0;
)sql";

}  // namespace reprise::catalog
