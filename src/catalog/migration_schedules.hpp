#pragma once

#include <string_view>

namespace reprise::catalog {

// Backups and drills by the clock. A schedule is due when `next_run_at` is over; whoever moves that
// on in the transaction that queues the task has the run (compare and set), and `schedule_run`
// has one row for each.
inline constexpr std::string_view kMigrationSchedules = R"sql(
CREATE TABLE schedule (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project (id),
  environment_id TEXT NOT NULL REFERENCES environment (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  cron TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  is_enabled INTEGER NOT NULL,
  include_filestore INTEGER NOT NULL,
  next_run_at INTEGER,
  last_due_at INTEGER,
  last_at INTEGER,
  last_outcome TEXT NOT NULL,
  last_missed INTEGER NOT NULL,
  last_task_id TEXT NOT NULL,
  last_detail TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (environment_id, name)
) STRICT;
CREATE INDEX schedule_due ON schedule (next_run_at) WHERE is_enabled = 1;
CREATE INDEX schedule_newest ON schedule (created_at, id);
CREATE TABLE schedule_run (
  schedule_id TEXT NOT NULL REFERENCES schedule (id),
  due_at INTEGER NOT NULL,
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  missed INTEGER NOT NULL,
  task_id TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (schedule_id, due_at)
) STRICT;
)sql";

}  // namespace reprise::catalog
