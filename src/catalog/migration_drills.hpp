#pragma once

#include <string_view>

namespace reprise::catalog {

// Rehearsals of a restore, and what came of them. A drill outlives what it was made with.
inline constexpr std::string_view kMigrationDrills = R"sql(
CREATE TABLE drill (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project (id),
  environment_id TEXT,
  backup_id TEXT NOT NULL,
  restore_id TEXT NOT NULL,
  throwaway_id TEXT NOT NULL,
  task_id TEXT NOT NULL,
  status TEXT NOT NULL,
  started_at INTEGER,
  completed_at INTEGER,
  recovery_seconds REAL,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  error_step TEXT NOT NULL,
  report_json TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX drill_newest ON drill (created_at, id);
CREATE INDEX drill_throwaway ON drill (throwaway_id);
CREATE INDEX drill_of_environment ON drill (environment_id, created_at);
)sql";

}  // namespace reprise::catalog
