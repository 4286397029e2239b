#pragma once

#include <string_view>

namespace reprise::catalog {

// Backups that are looked into, in databases of their own beside live ones.
inline constexpr std::string_view kMigrationMounts = R"sql(
CREATE TABLE mount (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project (id),
  backup_id TEXT NOT NULL,
  environment_id TEXT NOT NULL,
  task_id TEXT NOT NULL,
  status TEXT NOT NULL,
  database_name TEXT NOT NULL,
  role_name TEXT NOT NULL,
  sealed_login TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL
) STRICT;
CREATE INDEX mount_newest ON mount (created_at, id);
CREATE INDEX mount_living ON mount (environment_id) WHERE status <> 'ended';
)sql";

}  // namespace reprise::catalog
