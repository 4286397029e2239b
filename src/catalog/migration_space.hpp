#pragma once

#include <string_view>

namespace reprise::catalog {

// Room on a server's disks that tasks will use. A row counts as long as its task has not ended.
// `place` says who came first.
inline constexpr std::string_view kMigrationSpace = R"sql(
CREATE TABLE space_reservation (
  task_id TEXT NOT NULL,
  part TEXT NOT NULL,
  server_id TEXT NOT NULL,
  device TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  purpose TEXT NOT NULL,
  place INTEGER NOT NULL,
  reserved_at INTEGER NOT NULL,
  PRIMARY KEY (task_id, part)
) STRICT;
CREATE INDEX space_reservation_of_server ON space_reservation (server_id);
)sql";

}  // namespace reprise::catalog
