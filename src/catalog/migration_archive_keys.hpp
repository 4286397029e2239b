#pragma once

#include <string_view>

namespace reprise::catalog {

// What organizations seal their archives with, each key sealed itself, and which storages take
// sealed ones only (docs/encryption.md).
inline constexpr std::string_view kMigrationArchiveKeys = R"sql(
CREATE TABLE archive_key (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organization (id),
  sealed_secret TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX archive_key_of_organization ON archive_key (organization_id, created_at, id);
ALTER TABLE storage_config ADD COLUMN encrypts_archives INTEGER NOT NULL DEFAULT 0;
)sql";

}  // namespace reprise::catalog
