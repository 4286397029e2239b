#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/pipe.hpp"
#include "base/task_group.hpp"
#include "postgres/cluster.hpp"

namespace reprise::postgres {

// A transaction that holds one snapshot of a database open, so that a dump, counts and lists taken
// one after the other all tell of the same moment. One thread. Closing it never changes anything.
class SnapshotSession {
 public:
  static Result<std::unique_ptr<SnapshotSession>> Open(const Context& ctx, const Cluster& cluster,
                                                       const std::string& database);
  ~SnapshotSession();
  SnapshotSession(const SnapshotSession&) = delete;
  SnapshotSession& operator=(const SnapshotSession&) = delete;

  // The name that `pg_dump --snapshot` takes.
  [[nodiscard]] const std::string& snapshot() const { return snapshot_; }
  // Rows of an answer in this snapshot.
  [[nodiscard]] Result<std::vector<QueryRow>> Query(const Context& ctx, std::string_view sql);

 private:
  explicit SnapshotSession(const Context& ctx) : group_(ctx) {}

  Result<std::vector<QueryRow>> Ask(const Context& ctx, std::string_view sql);

  Pipe input_;
  Pipe output_;
  std::string pending_;  // read from psql, not yet handed out
  std::string snapshot_;
  bool has_failed_ = false;
  TaskGroup group_;  // last: its thread uses the pipes
};

// pg_dump of the database as the snapshot saw it, custom format, by the server's own pg_dump,
// written to `to` (which is not closed). kDumpFailed with pg_dump's words. One that is broken off
// ends in the server as well.
[[nodiscard]] Status DumpDatabase(const Context& ctx, const Cluster& cluster,
                                  const std::string& database, const std::string& snapshot,
                                  ByteWriter& to);

// Rows of each ordinary table, by "schema.table", counted exactly.
using RowCounts = std::map<std::string, std::uint64_t>;
[[nodiscard]] Result<RowCounts> CountRows(const Context& ctx, SnapshotSession& session);
[[nodiscard]] Result<RowCounts> CountRows(const Context& ctx, const Cluster& cluster,
                                          const std::string& database);

}  // namespace reprise::postgres
