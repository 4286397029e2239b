#include "snapshot/work.hpp"

#include <fmt/format.h>

#include "domain/names.hpp"
#include "odoo/toolbox.hpp"
#include "postgres/load.hpp"
#include "restore/staged_files.hpp"
#include "restore/target_checks.hpp"
#include "snapshot/live_dump.hpp"

namespace reprise::snapshot {

std::string Work::KeptName() const {
  return domain::OldDatabaseName(environment.db_name, snapshot.id.value);
}

Result<WorkPtr> OpenWork(const SnapshotParts& parts, const domain::Task& task) {
  auto work = std::make_shared<Work>(Work{parts, task, {}, {}, {}});
  ASSIGN_OR_RETURN(work->snapshot, parts.snapshots.Get(domain::SnapshotId{task.subject_id}));
  ASSIGN_OR_RETURN(work->environment, parts.environments.Get(work->snapshot.environment_id));
  ASSIGN_OR_RETURN(work->engine, parts.engines.Of(work->environment.server_id));
  return work;
}

Status BeginAttempt(const Context& ctx, const Work& work) {
  return restore::RemoveHelpersOf(ctx, *work.engine, work.task.id, work.environment.containers.db);
}

Status Work::Reserve(const Context& ctx, jobs::StepRun& run, ByteCount database,
                     ByteCount dump) const {
  restore::Order order;
  order.target = environment;
  order.backup.project_id = environment.project_id;
  order.backup.database_size = dump;
  order.request.include_filestore = false;  // hard links
  order.request.create_pre_restore_backup = false;
  LiveDump described(cluster(), environment.db_name);
  described.SetDatabaseBytes(database);
  const odoo::Glimpse::Helper helper{Owner(run).Name("look"), Owner(run).labels()};
  const restore::TargetLook look{.engine = *engine,
                                 .order = order,
                                 .reader = described,
                                 .helper = helper,
                                 .space = parts.space,
                                 .backups = parts.backups,
                                 .space_fix = "free space on it, then try again"};
  ASSIGN_OR_RETURN(const restore::Check containers, restore::CheckContainers(ctx, look));
  RETURN_IF_ERROR(restore::RefusalOf(containers));
  ASSIGN_OR_RETURN(const odoo::Glimpse glimpse,
                   odoo::Glimpse::Into(ctx, *engine, environment.containers.odoo, helper));
  ASSIGN_OR_RETURN(const restore::Check space,
                   restore::CheckSpace(
                       ctx, look, glimpse,
                       catalog::SpaceOwner{task.id, catalog::HoldOf(task),
                                           fmt::format("a snapshot of \"{}\"", environment.name)}));
  run.Log(space.sentence);
  return restore::RefusalOf(space);
}

namespace {

// Whatever is slow comes first: between the last look at the claim and the act nothing may lie.
Status DropKept(const Context& ctx, const Work& work, const std::string& name, jobs::StepRun& run) {
  ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                   odoo::Toolbox::Start(ctx, *work.engine, work.environment.containers.odoo,
                                        work.Owner(run), "drop"));
  ASSIGN_OR_RETURN(const auto database, work.cluster().FindDatabase(ctx, name));
  RETURN_IF_ERROR(run.CheckOwner());
  if (database) RETURN_IF_ERROR(work.cluster().DropDatabase(ctx, *database));
  RETURN_IF_ERROR(run.CheckOwner());
  return toolbox.Remove(ctx, work.FilesOf(name));
}

}  // namespace

Status RemoveWhatStands(const Context& ctx, const Work& work, const domain::Snapshot& snapshot,
                        jobs::StepRun& run) {
  ASSIGN_OR_RETURN(const domain::Environment environment,
                   work.parts.environments.Get(snapshot.environment_id));
  if (environment.status == domain::EnvironmentStatus::kDeleted) return {};
  const std::string& id = snapshot.id.value;
  const postgres::Cluster cluster = work.cluster();
  const std::string& name = snapshot.database_name;
  // What is live is no snapshot, whatever a row says.
  const bool stands = !name.empty() && name != environment.db_name;
  if (stands) RETURN_IF_ERROR(DropKept(ctx, work, name, run));
  RETURN_IF_ERROR(postgres::RemoveSide(ctx, cluster,
                                       domain::SideDatabasePrefix(environment.db_name, id),
                                       domain::LoaderRolePrefix(id)));
  return restore::RemoveStaged(ctx, *work.engine, environment, work.Owner(run), id);
}

}  // namespace reprise::snapshot
