#pragma once

#include <string_view>

namespace reprise::catalog {

// How servers other than the local one are reached. A removed server stays as a row: restores and
// deleted environments name it.
inline constexpr std::string_view kMigrationServers = R"sql(
ALTER TABLE server ADD COLUMN removed_at INTEGER;
CREATE TABLE server_access (
  server_id TEXT PRIMARY KEY REFERENCES server (id),
  host TEXT NOT NULL,
  ssh_user TEXT NOT NULL,
  port INTEGER NOT NULL,
  sealed_key TEXT NOT NULL,
  host_key TEXT NOT NULL,
  docker_socket TEXT NOT NULL
) STRICT;
)sql";

}  // namespace reprise::catalog
