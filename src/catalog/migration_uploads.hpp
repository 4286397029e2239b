#pragma once

#include <string_view>

namespace reprise::catalog {

// Archives that come in pieces. An upload has the id of the backup that it becomes; the row stays
// behind an import, as the task's steps are made of it.
inline constexpr std::string_view kMigrationUploads = R"sql(
CREATE TABLE upload (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project (id),
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  notes TEXT NOT NULL,
  file_name TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  total_bytes INTEGER NOT NULL,
  received_bytes INTEGER NOT NULL,
  parts INTEGER NOT NULL,
  storage_config_id TEXT NOT NULL,
  is_sealed INTEGER NOT NULL,
  status TEXT NOT NULL,
  claim TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX upload_of_project ON upload (project_id);
CREATE INDEX upload_not_ended ON upload (expires_at) WHERE status <> 'ended';
CREATE UNIQUE INDEX upload_by_key ON upload (owner, idempotency_key) WHERE idempotency_key <> '';
CREATE TABLE upload_part (
  upload_id TEXT NOT NULL REFERENCES upload (id),
  begin_byte INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  address TEXT NOT NULL,
  PRIMARY KEY (upload_id, begin_byte)
) STRICT;
)sql";

}  // namespace reprise::catalog
