#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/backup_reader.hpp"
#include "archive/backup_writer.hpp"
#include "backup/take_backup.hpp"
#include "base/pipe.hpp"
#include "odoo/toolbox.hpp"
#include "postgres/cluster.hpp"
#include "postgres/snapshot_dump.hpp"

// What taking a backup consists of, wherever its bytes go.
namespace reprise::backup {

// A view of the live filestore, made with the dump's snapshot.
struct FilestoreView {
  const odoo::Toolbox& toolbox;
  const std::string& path;
  bool leave_out_damaged;
};

struct FilestorePlan {
  std::vector<archive::FilestoreFile> files;  // to be in the archive
  std::size_t missing = 0;                    // named by a row, but not there
};

// A running environment whose snapshot is taken.
struct Taking {
  const domain::Environment& environment;
  const postgres::Cluster& cluster;
  postgres::SnapshotSession& session;
  const FilestoreView* view;  // null: without files
  const TakeOptions& options;
  const TakeProgress& progress;
};

// A part of the whole progress.
struct ProgressShare {
  double from;
  double to;
  const TakeProgress& progress;
};

[[nodiscard]] Result<archive::Manifest> DescribeEnvironment(const Context& ctx,
                                                            const domain::Environment& environment,
                                                            const postgres::Cluster& cluster,
                                                            postgres::SnapshotSession& session);
// pg_dump into the pipe, and its end.
[[nodiscard]] Status DumpInto(const Context& ctx, const postgres::Cluster& cluster,
                              const std::string& database, const std::string& snapshot, Pipe& pipe);
[[nodiscard]] Status WriteDump(const Context& ctx, const postgres::Cluster& cluster,
                               const std::string& database, const std::string& snapshot,
                               archive::BackupWriter& writer);
// The files that the snapshot's attachments name.
[[nodiscard]] Result<FilestorePlan> PlanFilestore(const Context& ctx,
                                                  postgres::SnapshotSession& session,
                                                  const FilestoreView& view,
                                                  std::vector<std::string>& warnings);
// Reads these files out of the view.
[[nodiscard]] Status WriteFiles(const Context& ctx, const FilestoreView& view,
                                const std::vector<archive::FilestoreFile>& files,
                                archive::BackupWriter& writer, const ProgressShare& share);

}  // namespace reprise::backup
