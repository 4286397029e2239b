#include "backup/take_backup.hpp"

#include <fmt/format.h>

#include "archive/backup_writer.hpp"
#include "backup/checked_writer.hpp"
#include "backup/take_incremental.hpp"
#include "backup/take_steps.hpp"
#include "base/hash.hpp"
#include "domain/names.hpp"
#include "odoo/former_helpers.hpp"

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

// The archive as one object.
Status WriteWhole(const Context& ctx, const Taking& taking, storage::ObjectStore& store,
                  TakenBackup& taken) {
  const TakeOptions& options = taking.options;
  const std::string& db_name = taking.environment.db_name;
  ASSIGN_OR_RETURN(const auto object, store.Create(ctx, options.key));
  CheckedWriter checked(*object, options.check_bytes);
  HashingWriter hashed(checked, HashKind::kSha256);
  const auto writer = archive::BackupWriter::Create(hashed, {.db_name = db_name});
  taking.progress(0.05, "dumping the database");
  RETURN_IF_ERROR(WriteDump(ctx, taking.cluster, db_name, taking.session.snapshot(), *writer));
  if (taking.view != nullptr) {
    taking.progress(0.4, "reading the filestore");
    ASSIGN_OR_RETURN(const FilestorePlan plan,
                     PlanFilestore(ctx, taking.session, *taking.view, taken.warnings));
    RETURN_IF_ERROR(WriteFiles(ctx, *taking.view, plan.files, *writer, taking.progress));
    RETURN_IF_ERROR(taking.view->toolbox.Remove(ctx, taking.view->path));
  }
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
  ASSIGN_OR_RETURN(taken.manifest, DescribeEnvironment(ctx, environment, cluster, *session));
  taken.manifest.has_filestore = options.include_filestore;
  const FilestoreView files{toolbox, view, options.leave_out_damaged};
  const Taking taking{environment, cluster, *session, with_files ? &files : nullptr,
                      options,     progress};
  RETURN_IF_ERROR(options.incremental != nullptr
                      ? WriteIncremental(ctx, taking, *options.incremental, store, taken)
                      : WriteWhole(ctx, taking, store, taken));
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
