#include "backup/take_backup.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "archive/backup_writer.hpp"
#include "backup/checked_writer.hpp"
#include "backup/take_incremental.hpp"
#include "backup/take_steps.hpp"
#include "base/counting_reader.hpp"
#include "base/hash.hpp"
#include "base/pipe.hpp"
#include "base/task_group.hpp"
#include "domain/names.hpp"
#include "odoo/former_helpers.hpp"

namespace reprise::backup {
namespace {

using postgres::SnapshotSession;

constexpr double kBegin = 0.05;  // of the progress
// What pg_dump may be ahead of the archive by; further on it waits.
constexpr std::size_t kDumpAhead = std::size_t{64} << 20U;

std::string FilestoreOf(const domain::Environment& environment) {
  return fmt::format("{}/filestore/{}", environment.data_dir, environment.db_name);
}

// Beside the filestores, so that hard links work; its name says whose it is.
std::string ViewOf(const domain::Environment& environment, const odoo::HelperOwner& owner) {
  return fmt::format("{}/filestore/{}", environment.data_dir, owner.Name("view"));
}

Status Describe(const Context& ctx, const Taking& taking, TakenBackup& taken) {
  ASSIGN_OR_RETURN(taken.manifest,
                   DescribeEnvironment(ctx, taking.environment, taking.cluster, taking.session));
  taken.manifest.has_filestore = taking.options.include_filestore;
  return {};
}

// What a dump is expected to take, compressed: about a fifth of what its database has.
double ExpectedDump(const TakenBackup& taken) {
  return std::max(static_cast<double>(taken.manifest.database_bytes) / 5, 1.0);
}

// Where in the whole the files end.
double EndOfFiles(const std::vector<archive::FilestoreFile>& files, const TakenBackup& taken) {
  double bytes = 0;
  for (const archive::FilestoreFile& file : files) bytes += static_cast<double>(file.size);
  return kBegin + (1 - kBegin) * bytes / (bytes + ExpectedDump(taken));
}

// The files first: meanwhile the dump has begun, and waits in its pipe.
Status WriteEntries(const Context& ctx, const Taking& taking, const FilestorePlan& plan,
                    ByteReader& dump, archive::BackupWriter& writer, const TakenBackup& taken) {
  const double done = EndOfFiles(plan.files, taken);
  if (taking.view != nullptr) {
    RETURN_IF_ERROR(
        WriteFiles(ctx, *taking.view, plan.files, writer, {kBegin, done, taking.progress}));
    RETURN_IF_ERROR(taking.view->toolbox.Remove(ctx, taking.view->path));
  }
  CountingReader counted(dump, [&](ByteCount bytes) {
    const double part = std::min(static_cast<double>(bytes) / ExpectedDump(taken), 1.0);
    taking.progress(done + (1 - done) * part, fmt::format("{:.1f} MB of the database's dump",
                                                          static_cast<double>(bytes) / 1e6));
  });
  return writer.WriteDump(ctx, counted);
}

// The archive as one object.
Status WriteWhole(const Context& ctx, const Taking& taking, storage::ObjectStore& store,
                  TakenBackup& taken) {
  const TakeOptions& options = taking.options;
  const std::string& db_name = taking.environment.db_name;
  ASSIGN_OR_RETURN(const auto object, store.Create(ctx, options.key));
  CheckedWriter checked(*object, options.check_bytes);
  HashingWriter hashed(checked, HashKind::kSha256);
  const auto writer = archive::BackupWriter::Create(hashed, {.db_name = db_name});
  // Everything that is asked of the session, before pg_dump may wait for the archive: an ALTER
  // TABLE between the two would else have each wait for the other.
  RETURN_IF_ERROR(Describe(ctx, taking, taken));
  FilestorePlan plan;
  if (taking.view != nullptr) {
    ASSIGN_OR_RETURN(plan, PlanFilestore(ctx, taking.session, *taking.view, taken.warnings));
  }
  taking.progress(kBegin, taking.view != nullptr ? "dumping the database, reading the filestore"
                                                 : "dumping the database");
  Pipe dump(kDumpAhead);
  TaskGroup group(ctx);
  group.Spawn([&](const Context& inner) {
    return DumpInto(inner, taking.cluster, db_name, taking.session.snapshot(), dump);
  });
  group.Spawn([&](const Context& inner) -> Status {
    Status written = WriteEntries(inner, taking, plan, dump.reader(), *writer, taken);
    if (!written) dump.FailReader(written.error());
    return written;
  });
  RETURN_IF_ERROR(group.Join());
  ASSIGN_OR_RETURN(taken.manifest, writer->Finish(ctx, std::move(taken.manifest)));
  RETURN_IF_ERROR(options.check_owner());
  RETURN_IF_ERROR(options.claim_bytes(hashed.count()));
  RETURN_IF_ERROR(hashed.Close(ctx));
  taken.archive_bytes = hashed.count();
  taken.sha256 = hashed.Digest();
  return {};
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
  const FilestoreView files{toolbox, view, options.leave_out_damaged};
  const Taking taking{environment, cluster, *session, with_files ? &files : nullptr,
                      options,     progress};
  if (options.incremental == nullptr) {
    RETURN_IF_ERROR(WriteWhole(ctx, taking, store, taken));
    return taken;
  }
  RETURN_IF_ERROR(Describe(ctx, taking, taken));
  RETURN_IF_ERROR(WriteIncremental(ctx, taking, *options.incremental, store, taken));
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
