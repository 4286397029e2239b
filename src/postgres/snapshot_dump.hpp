#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "postgres/cluster.hpp"

namespace reprise::postgres {

// A transaction that holds one snapshot of a database open, so that a dump, counts and lists taken
// one after the other all tell of the same moment. One thread. Closing it never changes anything.
class SnapshotSession {
 public:
  static Result<std::unique_ptr<SnapshotSession>> Open(const Context& ctx, const Cluster& cluster,
                                                       const std::string& database);

  // The name that `pg_dump --snapshot` takes.
  [[nodiscard]] const std::string& snapshot() const { return snapshot_; }
  // Rows of an answer in this snapshot.
  [[nodiscard]] Result<std::vector<QueryRow>> Query(const Context& ctx, std::string_view sql) {
    return psql_.Query(ctx, sql);
  }

 private:
  SnapshotSession(const Context& ctx, const Cluster& cluster, docker::EnvironmentVariables login)
      : psql_(ctx, cluster.engine(), cluster.container(), std::move(login),
              {.between = PsqlSession::Between::kRemember, .most_answer = kMostAnswer}) {}

  // The names of millions of files.
  static constexpr std::size_t kMostAnswer = std::size_t{1} << 30U;

  PsqlSession psql_;
  std::string snapshot_;
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
