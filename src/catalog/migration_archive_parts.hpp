#pragma once

#include <string_view>

namespace reprise::catalog {

// Objects of which incremental backups are composed, and which backup needs which. A part is
// needed as long as a backup that is not over uses it; neither refers to rows that go with a
// project, since a part outlives them until it is removed from its storage.
inline constexpr std::string_view kMigrationArchiveParts = R"sql(
CREATE TABLE archive_part (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  made_by TEXT NOT NULL,
  storage_config_id TEXT NOT NULL,
  storage_key TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX archive_part_of_project ON archive_part (project_id);
CREATE TABLE archive_part_use (
  part_id TEXT NOT NULL REFERENCES archive_part (id),
  backup_id TEXT NOT NULL,
  PRIMARY KEY (part_id, backup_id)
) STRICT;
CREATE INDEX archive_part_use_of_backup ON archive_part_use (backup_id);
ALTER TABLE schedule ADD COLUMN incremental INTEGER NOT NULL DEFAULT 0;
)sql";

}  // namespace reprise::catalog
