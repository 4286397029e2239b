#include "rescue/mount_workflow.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/names.hpp"
#include "jobs/plain_workflow.hpp"
#include "odoo/glimpse.hpp"
#include "odoo/toolbox.hpp"
#include "postgres/load.hpp"
#include "postgres/quote.hpp"
#include "restore/before_steps.hpp"
#include "restore/staged_files.hpp"
#include "restore/target_checks.hpp"

namespace reprise::rescue {
namespace {

using domain::Environment;
using domain::Mount;
using domain::MountStatus;
using restore::Check;

// One mount as its steps see it.
struct Work {
  MountParts parts;
  domain::Task task;
  Mount mount;
  Environment environment;
  std::shared_ptr<docker::Engine> engine;  // null: its server went with the environment

  [[nodiscard]] postgres::Cluster cluster() const {
    return {*engine, environment.containers.db, environment.db_admin};
  }
  [[nodiscard]] odoo::HelperOwner Owner(const jobs::StepRun& run) const {
    return {parts.settings.installation, task.id, run.epoch()};
  }
  // For whom room is reserved.
  [[nodiscard]] catalog::SpaceOwner SpaceOwner(const restore::Order& order) const {
    return {task.id, catalog::HoldOf(task),
            fmt::format("the mount of \"{}\" beside \"{}\"", order.backup.name, environment.name)};
  }
  [[nodiscard]] Status Record(const catalog::MountStore::Change& change) const {
    return parts.mounts.Update(mount.id, catalog::HoldOf(task), change);
  }
};
using WorkPtr = std::shared_ptr<Work>;

// The engine of an environment's server; null where both were removed.
Result<std::shared_ptr<docker::Engine>> EngineOf(const MountParts& parts,
                                                 const Environment& environment) {
  auto engine = parts.engines.Of(environment.server_id);
  const bool is_removed = environment.status == domain::EnvironmentStatus::kDeleted;
  if (engine || !is_removed || engine.error().code != ErrorCode::kNotFound) return engine;
  return nullptr;
}

Result<WorkPtr> OpenWork(const MountParts& parts, const domain::Task& task) {
  auto work = std::make_shared<Work>(Work{parts, task, {}, {}, {}});
  ASSIGN_OR_RETURN(work->mount, parts.mounts.Get(domain::MountId{task.subject_id}));
  ASSIGN_OR_RETURN(work->environment, parts.environments.Get(work->mount.environment_id));
  ASSIGN_OR_RETURN(work->engine, EngineOf(parts, work->environment));
  return work;
}

Status BeginAttempt(const Context& ctx, const Work& work) {
  return restore::RemoveHelpersOf(ctx, *work.engine, work.task.id, work.environment.containers.db);
}

Status Validate(const Context& ctx, const Work& work, jobs::StepRun& run) {
  RETURN_IF_ERROR(BeginAttempt(ctx, work));
  restore::Order order;
  ASSIGN_OR_RETURN(order.backup, work.parts.backups.Get(work.mount.backup_id));
  order.target = work.environment;
  order.request.include_filestore = false;  // it stays in the archive
  RETURN_IF_ERROR(restore::CheckAvailable(ctx, work.parts.store, order.backup));
  RETURN_IF_ERROR(restore::CheckFits(order));
  ASSIGN_OR_RETURN(const auto open, restore::OpenVerified(ctx, work.parts.store, order.backup));
  const odoo::Glimpse::Helper helper{work.Owner(run).Name("look"), work.Owner(run).labels()};
  const restore::TargetLook look{.engine = *work.engine,
                                 .order = order,
                                 .reader = *open.reader,
                                 .helper = helper,
                                 .space = work.parts.space,
                                 .backups = work.parts.backups,
                                 .space_fix = "free space on it, then try again"};
  ASSIGN_OR_RETURN(const Check containers, restore::CheckContainers(ctx, look));
  RETURN_IF_ERROR(restore::RefusalOf(containers));
  ASSIGN_OR_RETURN(const Check server, restore::CheckPostgres(ctx, look));
  ASSIGN_OR_RETURN(const Check extensions, restore::CheckDumpExtensions(ctx, look));
  ASSIGN_OR_RETURN(
      const odoo::Glimpse glimpse,
      odoo::Glimpse::Into(ctx, *work.engine, work.environment.containers.odoo, helper));
  RETURN_IF_ERROR(restore::RefusalOf(std::vector<Check>{server, extensions}));
  ASSIGN_OR_RETURN(const Check space,
                   restore::CheckSpace(ctx, look, glimpse, work.SpaceOwner(order)));
  run.Log(space.sentence);
  return restore::RefusalOf(space);
}

// Nobody gets in but its owner, the loader; that role owns nothing else.
Status Fence(const Context& ctx, const postgres::Cluster& cluster,
             const postgres::SideDatabase& side) {
  return cluster.Execute(
      ctx, "postgres",
      fmt::format("REVOKE ALL ON DATABASE {} FROM PUBLIC", postgres::QuoteName(side.name)));
}

Status LoadBeside(const Context& ctx, const Work& work, jobs::StepRun& run) {
  RETURN_IF_ERROR(BeginAttempt(ctx, work));
  RETURN_IF_ERROR(RemoveWhatStands(ctx, work.parts, work.mount));
  postgres::Cluster cluster = work.cluster();
  postgres::SideDatabase side;
  side.name = domain::SideDatabaseName(work.environment.db_name, work.mount.id.value, run.epoch());
  side.loader_role = domain::LoaderRoleName(work.mount.id.value, run.epoch());
  side.final_owner = side.loader_role;  // no Odoo ever opens it
  ASSIGN_OR_RETURN(const auto live, cluster.FindDatabase(ctx, work.environment.db_name));
  if (live) {
    side.collate = live->collate;
    side.ctype = live->ctype;
  }
  // Written before it is made, so that it is found whatever happens.
  RETURN_IF_ERROR(work.Record([&](Mount& row) -> Status {
    row.database_name = side.name;
    row.role_name = side.loader_role;
    return {};
  }));
  RETURN_IF_ERROR(run.CheckOwner());
  ASSIGN_OR_RETURN(const domain::Backup backup, work.parts.backups.Get(work.mount.backup_id));
  ASSIGN_OR_RETURN(const auto open, restore::OpenVerified(ctx, work.parts.store, backup));
  postgres::LoadOptions options{.jobs = work.parts.settings.load_jobs,
                                .time_limit = work.parts.settings.load_time_limit,
                                .labels = work.Owner(run).labels(),
                                .client_name = work.Owner(run).Name("load"),
                                .log = [&](std::string line) { run.Log(std::move(line)); }};
  options.inspect = [&](const Context& inner, const postgres::Cluster& as_loader) -> Status {
    RETURN_IF_ERROR(Fence(inner, cluster, side));
    return restore::CheckLoaded(inner, as_loader, side.name, open.reader->manifest());
  };
  postgres::Loader loader(cluster, std::move(options));
  return loader.LoadAndFinish(ctx, *open.reader, side, [&](double fraction, std::string detail) {
    run.Progress(fraction, std::move(detail));
  });
}

Status Load(const Context& ctx, const Work& work, jobs::StepRun& run) {
  Status loaded = LoadBeside(ctx, work, run);
  if (loaded) return loaded;
  return Fail(restore::WithFullDisk(ctx, *work.engine, work.environment.containers.db,
                                    std::move(loaded.error())));
}

Status RecordNothingStands(const Work& work) {
  return work.Record([](Mount& row) -> Status {
    row.database_name.clear();
    row.role_name.clear();
    return {};
  });
}

Status TakeBack(const Context& ctx, const Work& work) {
  RETURN_IF_ERROR(BeginAttempt(ctx, work));
  RETURN_IF_ERROR(RemoveWhatStands(ctx, work.parts, work.mount));
  return RecordNothingStands(work);
}

Status Unmount(const Context& ctx, const Work& work, jobs::StepRun& run) {
  RETURN_IF_ERROR(run.CheckOwner());
  if (work.engine == nullptr) return RecordNothingStands(work);
  RETURN_IF_ERROR(BeginAttempt(ctx, work));
  // What a process left that died while it brought files back.
  RETURN_IF_ERROR(restore::RemoveStaged(ctx, *work.engine, work.environment, work.Owner(run),
                                        work.mount.id.value));
  return TakeBack(ctx, work);
}

// A failure that left something keeps its database's name: the janitor comes for it.
Status Ended(const Work& work, MountStatus well, const std::optional<jobs::Failure>& failure) {
  const Instant now = work.parts.clock.Now();
  RETURN_IF_ERROR(work.Record([&](Mount& row) -> Status {
    if (!failure) {
      row.status = well;
      if (well == MountStatus::kEnded) row.ended_at = now;
      return {};
    }
    row.status = MountStatus::kFailed;
    row.error_code = NameOf(failure->error.code);
    row.error_message = failure->error.Sentence();
    row.ended_at = now;
    return {};
  }));
  // What is not freed here, the janitor removes.
  [[maybe_unused]] const Status freed =
      work.parts.space.Free(work.task.id, catalog::HoldOf(work.task));
  return {};
}

}  // namespace

Status RemoveWhatStands(const Context& ctx, const MountParts& parts, const Mount& mount) {
  ASSIGN_OR_RETURN(const Environment environment, parts.environments.Get(mount.environment_id));
  ASSIGN_OR_RETURN(const auto engine, EngineOf(parts, environment));
  if (engine == nullptr) return {};
  const std::string& container = environment.containers.db;
  const auto info = engine->Inspect(ctx, container);
  if (!info && info.error().code == ErrorCode::kContainerMissing) {
    if (environment.status == domain::EnvironmentStatus::kDeleted) return {};
    // A container that is made anew on the same volume has the database still.
    Error error = info.error();
    error.hint = fmt::format("bring {} back, then unmount it again", container);
    return Fail(std::move(error));
  }
  return postgres::RemoveSide(ctx, {*engine, container, environment.db_admin},
                              domain::SideDatabasePrefix(environment.db_name, mount.id.value),
                              domain::LoaderRolePrefix(mount.id.value));
}

Result<std::unique_ptr<jobs::Workflow>> MakeMountWorkflow(const MountParts& parts,
                                                          const domain::Task& task) {
  ASSIGN_OR_RETURN(const WorkPtr work, OpenWork(parts, task));
  ASSIGN_OR_RETURN(work->engine, parts.engines.Of(work->environment.server_id));
  std::vector<jobs::PlainStep> steps;
  steps.push_back(
      {.name = "validate", .weight = 1, .run = [work](const Context& ctx, jobs::StepRun& run) {
         return Validate(ctx, *work, run);
       }});
  steps.push_back(
      {.name = "load_database",
       .after = {"validate"},
       .weight = 30,
       .run = [work](const Context& ctx, jobs::StepRun& run) { return Load(ctx, *work, run); },
       .undo = [work](const Context& ctx, jobs::StepRun&) { return TakeBack(ctx, *work); }});
  return std::make_unique<jobs::PlainWorkflow>(
      std::move(steps), [work](const Context&, const std::optional<jobs::Failure>& failure) {
        return Ended(*work, MountStatus::kMounted, failure);
      });
}

Result<std::unique_ptr<jobs::Workflow>> MakeUnmountWorkflow(const MountParts& parts,
                                                            const domain::Task& task) {
  ASSIGN_OR_RETURN(const WorkPtr work, OpenWork(parts, task));
  std::vector<jobs::PlainStep> steps;
  steps.push_back({.name = "unmount", .run = [work](const Context& ctx, jobs::StepRun& run) {
                     return Unmount(ctx, *work, run);
                   }});
  return std::make_unique<jobs::PlainWorkflow>(
      std::move(steps), [work](const Context&, const std::optional<jobs::Failure>& failure) {
        return Ended(*work, MountStatus::kEnded, failure);
      });
}

}  // namespace reprise::rescue
