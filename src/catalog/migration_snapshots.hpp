#pragma once

#include <string_view>

namespace reprise::catalog {

// Copies of environments beside the live ones, and how many of them each keeps.
inline constexpr std::string_view kMigrationSnapshots = R"sql(
CREATE TABLE snapshot (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project (id),
  environment_id TEXT NOT NULL REFERENCES environment (id),
  task_id TEXT NOT NULL,
  name TEXT NOT NULL,
  origin TEXT NOT NULL,
  status TEXT NOT NULL,
  database_name TEXT NOT NULL,
  rollback_to TEXT NOT NULL,
  spares_it INTEGER NOT NULL,
  odoo_version TEXT NOT NULL,
  database_bytes INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  taken_at INTEGER,
  expires_at INTEGER,
  ended_at INTEGER,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL
) STRICT;
CREATE INDEX snapshot_newest ON snapshot (created_at, id);
CREATE INDEX snapshot_standing ON snapshot (environment_id) WHERE database_name <> '';
CREATE TABLE snapshot_setting (
  environment_id TEXT PRIMARY KEY REFERENCES environment (id),
  keep INTEGER NOT NULL,
  after_restore INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
)sql";

}  // namespace reprise::catalog
