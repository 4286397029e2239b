#include "backup/take_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <span>

#include "archive/tar_reader.hpp"
#include "base/log.hpp"
#include "base/pipe.hpp"
#include "base/task_group.hpp"
#include "domain/names.hpp"
#include "odoo/installation.hpp"

namespace reprise::backup {
namespace {

using postgres::SnapshotSession;

std::vector<std::string> PathsOf(std::span<const archive::FilestoreFile> files) {
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (const archive::FilestoreFile& file : files) paths.push_back(file.path);
  return paths;
}

FilestorePlan PlanFiles(const std::vector<archive::FilestoreFile>& there,
                        const std::vector<postgres::QueryRow>& referenced) {
  std::set<std::string_view> wanted;
  for (const auto& row : referenced) wanted.insert(row.front());
  FilestorePlan plan;
  for (const archive::FilestoreFile& file : there) {
    if (wanted.erase(file.path) == 0) continue;  // of a row that the snapshot does not have
    plan.files.push_back(file);
  }
  plan.missing = wanted.size();
  return plan;
}

// Takes files whose content does not hash to their name out of the plan; says which.
Result<std::vector<std::string>> LeaveOutDamaged(const Context& ctx, const odoo::Toolbox& toolbox,
                                                 const std::string& view, FilestorePlan& plan) {
  std::vector<std::string> damaged;
  RETURN_IF_ERROR(toolbox.HashOwn(ctx, view, PathsOf(plan.files),
                                  [&](const std::string& path, const std::string& sha1) {
                                    if (!path.ends_with("/" + sha1)) damaged.push_back(path);
                                  }));
  std::sort(damaged.begin(), damaged.end());
  std::erase_if(plan.files, [&](const archive::FilestoreFile& file) {
    return std::binary_search(damaged.begin(), damaged.end(), file.path);
  });
  return damaged;
}

// Counts files into the archive, and tells how far it is.
class FileTally {
 public:
  FileTally(const std::vector<archive::FilestoreFile>& files, const ProgressShare& share)
      : share_(share) {
    for (const archive::FilestoreFile& file : files) all_ += file.size;
  }
  void Add(ByteCount size) {
    done_ += size;
    share_.progress(share_.from + (share_.to - share_.from) * static_cast<double>(done_) /
                                      static_cast<double>(std::max<ByteCount>(all_, 1)),
                    fmt::format("{:.1f} of {:.1f} MB of files", static_cast<double>(done_) / 1e6,
                                static_cast<double>(all_) / 1e6));
  }

 private:
  const ProgressShare& share_;
  ByteCount all_ = 0;
  ByteCount done_ = 0;
};

using Files = std::span<const archive::FilestoreFile>;

// Reads files from this machine's disk, some opened ahead; how many, which is all or those before
// the first that this process may not read.
Result<std::size_t> WriteFromHere(const Context& ctx, const odoo::LocalDirectory& here, Files files,
                                  archive::BackupWriter& writer, FileTally& tally) {
  constexpr std::size_t kAhead = 8;
  std::deque<std::unique_ptr<ByteReader>> open;
  std::size_t next = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    while (next < files.size() && open.size() < kAhead) {
      auto file = here.Open(files[next].path);
      if (!file && file.error().code != ErrorCode::kPermissionDenied) {
        return Fail(std::move(file.error()).While("reading the filestore"));
      }
      if (!file) {
        files = files.first(next);
        break;
      }
      open.push_back(*std::move(file));
      ++next;
    }
    if (i == files.size()) break;
    RETURN_IF_ERROR(writer.AddFile(ctx, files[i].path, files[i].size, *open.front()));
    open.pop_front();
    tally.Add(files[i].size);
  }
  return files.size();
}

// Has the helper pack files into a stream.
Status WriteFromHelper(const Context& ctx, const FilestoreView& view, Files files,
                       archive::BackupWriter& writer, FileTally& tally) {
  Pipe pipe(4U << 20U);
  TaskGroup group(ctx);
  group.Spawn([&](const Context& inner) -> Status {
    Status packed = view.toolbox.Pack(inner, view.path, PathsOf(files), pipe.writer());
    if (!packed) pipe.FailWriter(packed.error());
    return packed ? pipe.writer().Close(inner) : std::move(packed);
  });
  const auto write_all = [&]() -> Status {
    archive::TarReader tar(pipe.reader());
    std::size_t read = 0;
    while (true) {
      ASSIGN_OR_RETURN(const auto entry, tar.Next(ctx));
      if (!entry) break;
      if (entry->kind != archive::TarKind::kFile) continue;
      RETURN_IF_ERROR(writer.AddFile(ctx, entry->name, entry->size, tar.content()));
      tally.Add(entry->size);
      ++read;
    }
    if (read == files.size()) return {};
    return Fail(
        ErrorCode::kContainerFailed,
        fmt::format("only {} of {} files of the filestore could be read", read, files.size()),
        "make the backup again");
  };
  Status written = write_all();
  if (!written) pipe.FailReader(written.error());
  Status packed = group.Join();
  RETURN_IF_ERROR(std::move(written));
  return packed;
}

}  // namespace

Result<archive::Manifest> DescribeEnvironment(const Context& ctx,
                                              const domain::Environment& environment,
                                              const postgres::Cluster& cluster,
                                              SnapshotSession& session) {
  archive::Manifest manifest;
  manifest.format_version = "1";
  manifest.db_name = environment.db_name;
  manifest.odoo_version = environment.odoo_version;
  manifest.environment_name = environment.name;
  manifest.environment_type = std::string(domain::NameOf(environment.type));
  manifest.images = {{"odoo", environment.images.odoo}, {"db", environment.images.db}};
  if (!environment.images.pgbouncer.empty()) {
    manifest.images["pgbouncer"] = environment.images.pgbouncer;
  }
  // When the snapshot's transaction began, by the clock that dates Odoo's records: what is created
  // later is not in this backup.
  ASSIGN_OR_RETURN(const auto began, session.Query(ctx,
                                                   "SELECT to_char(now() AT TIME ZONE 'UTC', "
                                                   "'YYYY-MM-DD HH24:MI:SS.US')"));
  if (began.size() == 1) manifest.snapshot_at = began.front().front();
  const postgres::Cluster asked = cluster.KeptOpen(ctx);
  ASSIGN_OR_RETURN(manifest.postgres_version, asked.Version(ctx));
  ASSIGN_OR_RETURN(manifest.database_bytes, asked.DatabaseBytes(ctx, environment.db_name));
  ASSIGN_OR_RETURN(const auto modules,
                   session.Query(ctx,
                                 "SELECT name, coalesce(latest_version, '') FROM "
                                 "public.ir_module_module WHERE state = 'installed'"));
  for (const auto& row : modules) {
    if (row.size() == 2) manifest.modules[row[0]] = row[1];
  }
  ASSIGN_OR_RETURN(const auto extensions, session.Query(ctx, "SELECT extname FROM pg_extension"));
  for (const auto& row : extensions) manifest.extensions.push_back(row[0]);
  ASSIGN_OR_RETURN(manifest.table_rows, postgres::CountRows(ctx, session));
  return manifest;
}

Status DumpInto(const Context& ctx, const postgres::Cluster& cluster, const std::string& database,
                const std::string& snapshot, Pipe& pipe) {
  Status dumped = postgres::DumpDatabase(ctx, cluster, database, snapshot, pipe.writer());
  if (!dumped) pipe.FailWriter(dumped.error());
  return dumped ? pipe.writer().Close(ctx) : std::move(dumped);
}

Status WriteDump(const Context& ctx, const postgres::Cluster& cluster, const std::string& database,
                 const std::string& snapshot, archive::BackupWriter& writer) {
  Pipe pipe;
  TaskGroup group(ctx);
  group.Spawn(
      [&](const Context& inner) { return DumpInto(inner, cluster, database, snapshot, pipe); });
  Status written = writer.WriteDump(ctx, pipe.reader());
  if (!written) pipe.FailReader(written.error());
  // Why pg_dump failed says more than that its stream ended.
  RETURN_IF_ERROR(group.Join());
  return written;
}

Status WriteFiles(const Context& ctx, const FilestoreView& view,
                  const std::vector<archive::FilestoreFile>& files, archive::BackupWriter& writer,
                  const ProgressShare& share) {
  FileTally tally(files, share);
  Files left(files);
  if (left.empty()) return {};
  ASSIGN_OR_RETURN(const auto here, view.toolbox.Here(ctx, view.path));
  if (here) {
    ASSIGN_OR_RETURN(const std::size_t written, WriteFromHere(ctx, *here, left, writer, tally));
    left = left.subspan(written);
  }
  log::Info("filestore.read", {{"directory", view.path},
                               {"by", left.empty()                  ? "disk"
                                      : left.size() == files.size() ? "helper"
                                                                    : "both"}});
  if (left.empty()) return {};
  return WriteFromHelper(ctx, view, left, writer, tally);
}

Result<FilestorePlan> PlanFilestore(const Context& ctx, SnapshotSession& session,
                                    const FilestoreView& view, std::vector<std::string>& warnings) {
  ASSIGN_OR_RETURN(const auto referenced,
                   session.Query(ctx,
                                 "SELECT DISTINCT store_fname FROM ONLY public.ir_attachment "
                                 "WHERE store_fname IS NOT NULL"));
  ASSIGN_OR_RETURN(const auto there, view.toolbox.List(ctx, view.path));
  FilestorePlan plan = PlanFiles(there, referenced);
  if (view.leave_out_damaged) {
    ASSIGN_OR_RETURN(const auto damaged, LeaveOutDamaged(ctx, view.toolbox, view.path, plan));
    if (!damaged.empty()) {
      warnings.push_back(fmt::format(
          "{} files of the live filestore are damaged and were left out, the first is {}",
          damaged.size(), damaged.front()));
    }
  }
  if (plan.missing > 0) {
    warnings.push_back(fmt::format(
        "{} attachments have no file in the filestore; the backup holds all others", plan.missing));
  }
  return plan;
}

}  // namespace reprise::backup
