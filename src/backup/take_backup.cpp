#include "backup/take_backup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "archive/backup_writer.hpp"
#include "archive/tar_reader.hpp"
#include "backup/checked_writer.hpp"
#include "base/hash.hpp"
#include "base/pipe.hpp"
#include "base/task_group.hpp"
#include "domain/names.hpp"
#include "odoo/former_helpers.hpp"
#include "odoo/installation.hpp"
#include "odoo/toolbox.hpp"
#include "postgres/quote.hpp"
#include "postgres/snapshot_dump.hpp"

namespace reprise::backup {
namespace {

using postgres::SnapshotSession;

std::string FilestoreOf(const domain::Environment& environment) {
  return fmt::format("{}/filestore/{}", environment.data_dir, environment.db_name);
}

// Beside the filestores, so that hard links work; its name says whose it is.
std::string ViewOf(const domain::Environment& environment, const odoo::HelperOwner& owner) {
  return fmt::format("{}/filestore/{}", environment.data_dir, owner.Name("view"));
}

Result<archive::Manifest> Describe(const Context& ctx, const domain::Environment& environment,
                                   const postgres::Cluster& cluster, SnapshotSession& session) {
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
  ASSIGN_OR_RETURN(manifest.postgres_version, cluster.Version(ctx));
  ASSIGN_OR_RETURN(manifest.database_bytes, cluster.DatabaseBytes(ctx, environment.db_name));
  ASSIGN_OR_RETURN(const auto modules,
                   session.Query(ctx,
                                 "SELECT name, coalesce(latest_version, '') FROM "
                                 "ir_module_module WHERE state = 'installed'"));
  for (const auto& row : modules) {
    if (row.size() == 2) manifest.modules[row[0]] = row[1];
  }
  ASSIGN_OR_RETURN(const auto extensions, session.Query(ctx, "SELECT extname FROM pg_extension"));
  for (const auto& row : extensions) manifest.extensions.push_back(row[0]);
  ASSIGN_OR_RETURN(manifest.table_rows, postgres::CountRows(ctx, session));
  return manifest;
}

Status WriteDump(const Context& ctx, const postgres::Cluster& cluster, const std::string& database,
                 const std::string& snapshot, archive::BackupWriter& writer) {
  Pipe pipe;
  TaskGroup group(ctx);
  group.Spawn([&](const Context& inner) -> Status {
    Status dumped = postgres::DumpDatabase(inner, cluster, database, snapshot, pipe.writer());
    if (!dumped) pipe.FailWriter(dumped.error());
    return dumped ? pipe.writer().Close(inner) : std::move(dumped);
  });
  Status written = writer.WriteDump(ctx, pipe.reader());
  if (!written) pipe.FailReader(written.error());
  // Why pg_dump failed says more than that its stream ended.
  RETURN_IF_ERROR(group.Join());
  return written;
}

struct FilestorePlan {
  std::vector<std::string> paths;  // to pack
  ByteCount bytes = 0;
  std::size_t missing = 0;  // named by a row, but not there
};

FilestorePlan PlanFiles(const std::vector<archive::FilestoreFile>& there,
                        const std::vector<postgres::QueryRow>& referenced) {
  std::set<std::string_view> wanted;
  for (const auto& row : referenced) wanted.insert(row.front());
  FilestorePlan plan;
  for (const archive::FilestoreFile& file : there) {
    if (wanted.erase(file.path) == 0) continue;  // of a row that the snapshot does not have
    plan.paths.push_back(file.path);
    plan.bytes += file.size;
  }
  plan.missing = wanted.size();
  return plan;
}

// Takes files whose content does not hash to their name out of the plan; says which.
Result<std::vector<std::string>> LeaveOutDamaged(const Context& ctx, const odoo::Toolbox& toolbox,
                                                 const std::string& view, FilestorePlan& plan) {
  std::vector<std::string> damaged;
  RETURN_IF_ERROR(
      toolbox.Hash(ctx, view, plan.paths, [&](const std::string& path, const std::string& sha1) {
        if (!path.ends_with("/" + sha1)) damaged.push_back(path);
      }));
  std::sort(damaged.begin(), damaged.end());
  std::erase_if(plan.paths, [&](const std::string& path) {
    return std::binary_search(damaged.begin(), damaged.end(), path);
  });
  return damaged;
}

Status WriteFiles(const Context& ctx, const odoo::Toolbox& toolbox, const std::string& view,
                  const FilestorePlan& plan, archive::BackupWriter& writer,
                  const TakeProgress& progress) {
  if (plan.paths.empty()) return {};
  Pipe pipe(4U << 20U);
  TaskGroup group(ctx);
  group.Spawn([&](const Context& inner) -> Status {
    Status packed = toolbox.Pack(inner, view, plan.paths, pipe.writer());
    if (!packed) pipe.FailWriter(packed.error());
    return packed ? pipe.writer().Close(inner) : std::move(packed);
  });
  const auto write_all = [&]() -> Status {
    archive::TarReader tar(pipe.reader());
    ByteCount done = 0;
    while (true) {
      ASSIGN_OR_RETURN(const auto entry, tar.Next(ctx));
      if (!entry) return {};
      if (entry->kind != archive::TarKind::kFile) continue;
      RETURN_IF_ERROR(writer.AddFile(ctx, entry->name, entry->size, tar.content()));
      done += entry->size;
      progress(0.4 + 0.6 * static_cast<double>(done) /
                         static_cast<double>(std::max<ByteCount>(plan.bytes, 1)),
               fmt::format("{:.1f} of {:.1f} MB of files", static_cast<double>(done) / 1e6,
                           static_cast<double>(plan.bytes) / 1e6));
    }
  };
  Status written = write_all();
  if (!written) pipe.FailReader(written.error());
  Status packed = group.Join();
  RETURN_IF_ERROR(std::move(written));
  return packed;
}

// A view of the live filestore, made with the dump's snapshot.
struct FilestoreView {
  const odoo::Toolbox& toolbox;
  const std::string& path;
  bool leave_out_damaged;
};

// The files that the snapshot's attachments name.
Status WriteFilestore(const Context& ctx, SnapshotSession& session, const FilestoreView& view,
                      archive::BackupWriter& writer, std::vector<std::string>& warnings,
                      const TakeProgress& progress) {
  ASSIGN_OR_RETURN(const auto referenced,
                   session.Query(ctx,
                                 "SELECT DISTINCT store_fname FROM ir_attachment "
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
  return WriteFiles(ctx, view.toolbox, view.path, plan, writer, progress);
}

}  // namespace

Result<TakenBackup> TakeBackup(const Context& ctx, docker::Engine& engine,
                               storage::ObjectStore& store, const domain::Environment& environment,
                               const TakeOptions& options, const TakeProgress& progress) {
  const postgres::Cluster cluster(engine, environment.containers.db, environment.db_admin);
  ASSIGN_OR_RETURN(
      const odoo::Toolbox toolbox,
      odoo::Toolbox::Start(ctx, engine, environment.containers.odoo, options.owner, "backup"));
  const std::string view = ViewOf(environment, options.owner);
  RETURN_IF_ERROR(toolbox.Remove(ctx, view));

  progress(0.01, "taking a snapshot");
  ASSIGN_OR_RETURN(const auto session, SnapshotSession::Open(ctx, cluster, environment.db_name));
  const std::string filestore = FilestoreOf(environment);
  ASSIGN_OR_RETURN(const bool has_files, toolbox.Exists(ctx, filestore));
  const bool with_files = options.include_filestore && has_files;
  if (with_files) {
    RETURN_IF_ERROR(options.check_owner());  // a view that nobody knows of would stay
    RETURN_IF_ERROR(toolbox.LinkAll(ctx, filestore, view));
  }

  TakenBackup taken;
  ASSIGN_OR_RETURN(taken.manifest, Describe(ctx, environment, cluster, *session));
  taken.manifest.has_filestore = options.include_filestore;
  ASSIGN_OR_RETURN(const auto object, store.Create(ctx, options.key));
  CheckedWriter checked(*object, options.check_bytes);
  HashingWriter hashed(checked, HashKind::kSha256);
  const auto writer = archive::BackupWriter::Create(hashed, {.db_name = environment.db_name});
  progress(0.05, "dumping the database");
  RETURN_IF_ERROR(WriteDump(ctx, cluster, environment.db_name, session->snapshot(), *writer));
  if (with_files) {
    progress(0.4, "reading the filestore");
    RETURN_IF_ERROR(WriteFilestore(ctx, *session, {toolbox, view, options.leave_out_damaged},
                                   *writer, taken.warnings, progress));
    RETURN_IF_ERROR(toolbox.Remove(ctx, view));
  }
  ASSIGN_OR_RETURN(taken.manifest, writer->Finish(ctx, std::move(taken.manifest)));
  RETURN_IF_ERROR(options.check_owner());
  RETURN_IF_ERROR(options.claim_bytes(hashed.count()));
  RETURN_IF_ERROR(hashed.Close(ctx));
  taken.archive_bytes = hashed.count();
  taken.sha256 = hashed.Digest();
  return taken;
}

Status CleanUpTake(const Context& ctx, docker::Engine& engine,
                   const domain::Environment& environment, const odoo::HelperOwner& owner) {
  // First whoever could still make a view, then the views.
  if (!owner.task.empty()) RETURN_IF_ERROR(odoo::RemoveFormerHelpers(ctx, engine, owner));
  const auto toolbox =
      odoo::Toolbox::Start(ctx, engine, environment.containers.odoo, owner, "backup");
  if (!toolbox && toolbox.error().code == ErrorCode::kContainerMissing) return {};
  if (!toolbox) return Fail(toolbox.error());
  // Views of every epoch of the task.
  const std::string directory = environment.data_dir + "/filestore";
  const std::string prefix = fmt::format("reprise_{}_", domain::ShortId(owner.task.value));
  ASSIGN_OR_RETURN(const auto names, toolbox->Names(ctx, directory, prefix));
  for (const std::string& name : names) {
    RETURN_IF_ERROR(toolbox->Remove(ctx, fmt::format("{}/{}", directory, name)));
  }
  return {};
}

}  // namespace reprise::backup
