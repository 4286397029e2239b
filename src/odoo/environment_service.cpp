#include "odoo/environment_service.hpp"

#include <fmt/format.h>

#include "catalog/mount_store.hpp"
#include "catalog/snapshot_store.hpp"
#include "domain/names.hpp"
#include "odoo/deploy_room.hpp"
#include "odoo/installation.hpp"
#include "postgres/cluster.hpp"
#include "postgres/quote.hpp"

namespace reprise::odoo {
namespace {

// A removal that failed, or was cancelled, is not begun again at once.
constexpr std::chrono::hours kRemovalPause{1};

Error MayNotExpire(const domain::Environment& environment) {
  Error error{ErrorCode::kInvalidArgument,
              environment.type == domain::EnvironmentType::kProduction
                  ? fmt::format("\"{}\" is a production: it never removes itself", environment.name)
                  : fmt::format("\"{}\" was adopted: Reprise does not remove its containers",
                                environment.name),
              "remove it by hand when you are sure"};
  error.field = "/expires_in_minutes";
  return error;
}

// Which database the environment's Odoo serves: as told, as configured, or the only one there is.
Result<std::string> ResolveDatabase(const Context& ctx, const postgres::Cluster& cluster,
                                    const AdoptOrder& order, const Installation& installation) {
  const std::string& told = order.db_name.empty() ? installation.db_name : order.db_name;
  ASSIGN_OR_RETURN(const auto databases, cluster.Databases(ctx));
  std::string candidates;
  std::vector<std::string> found;
  for (const postgres::DatabaseInfo& database : databases) {
    if (database.name == told) return told;
    if (database.name == "postgres" || !database.allows_connections) continue;
    candidates += fmt::format("{}\"{}\"", candidates.empty() ? "" : ", ", database.name);
    found.push_back(database.name);
  }
  if (!told.empty()) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("PostgreSQL in {} has no database \"{}\"; it has {}",
                            order.db_container, told, candidates.empty() ? "none" : candidates),
                "give the right name as db_name");
  }
  if (found.size() == 1) return found.front();
  return Fail(ErrorCode::kInvalidArgument,
              found.empty()
                  ? fmt::format("PostgreSQL in {} has no database yet", order.db_container)
                  : fmt::format("PostgreSQL in {} has several databases ({}) and Odoo is "
                                "tied to none",
                                order.db_container, candidates),
              "say which one is meant with db_name");
}

Status CheckIsOdooDatabase(const Context& ctx, const postgres::Cluster& cluster,
                           const std::string& database) {
  ASSIGN_OR_RETURN(const std::string there,
                   cluster.QueryValue(ctx, database,
                                      "SELECT to_regclass('public.ir_module_module') IS NOT "
                                      "NULL AND to_regclass('public.res_users') IS NOT NULL"));
  if (there == "t") return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" is not an Odoo database: it has no ir_module_module", database),
              "say which one is meant with db_name");
}

std::string UrlOf(const docker::ContainerInfo& odoo, int http_port) {
  const auto published = odoo.ports.find(http_port);
  if (published == odoo.ports.end()) return {};
  const std::string& ip = published->second.first;
  return fmt::format("http://{}:{}", ip.empty() || ip == "0.0.0.0" ? "127.0.0.1" : ip,
                     published->second.second);
}

// The container that stands between Odoo and PostgreSQL; one without a name when there is none.
Result<docker::ContainerInfo> InspectPgBouncer(const Context& ctx, docker::Engine& engine,
                                               const std::string& pgbouncer) {
  if (pgbouncer.empty()) return docker::ContainerInfo{};
  return engine.Inspect(ctx, pgbouncer);
}

}  // namespace

Result<domain::Environment> EnvironmentService::Adopt(const Context& ctx, const AdoptOrder& order) {
  RETURN_IF_ERROR(domain::CheckEnvironmentName(order.name));
  ASSIGN_OR_RETURN(const catalog::Server server, order.server_id.empty()
                                                     ? parts_.tenancy.LocalServer()
                                                     : parts_.tenancy.GetServer(order.server_id));
  ASSIGN_OR_RETURN(const auto engine, parts_.engines.Of(server.id));
  ASSIGN_OR_RETURN(const docker::ContainerInfo odoo, engine->Inspect(ctx, order.odoo_container));
  ASSIGN_OR_RETURN(const docker::ContainerInfo db, engine->Inspect(ctx, order.db_container));
  ASSIGN_OR_RETURN(const docker::ContainerInfo pgbouncer,
                   InspectPgBouncer(ctx, *engine, order.pgbouncer_container));
  ASSIGN_OR_RETURN(const Installation installation, ReadInstallation(ctx, *engine, odoo));
  const auto admin = db.environment.find("POSTGRES_USER");

  domain::Environment environment;
  environment.db_admin = admin == db.environment.end() ? "postgres" : admin->second;
  const postgres::Cluster cluster(*engine, order.db_container, environment.db_admin);
  ASSIGN_OR_RETURN(environment.db_name, ResolveDatabase(ctx, cluster, order, installation));
  RETURN_IF_ERROR(CheckIsOdooDatabase(ctx, cluster, environment.db_name));

  if (order.project_id.empty()) {
    ASSIGN_OR_RETURN(const catalog::Project project, parts_.tenancy.DefaultProject());
    environment.project_id = project.id;
  } else {
    ASSIGN_OR_RETURN(const catalog::Project project, parts_.tenancy.GetProject(order.project_id));
    environment.project_id = project.id;
  }
  environment.id.value = NewUuid();
  environment.server_id = server.id;
  environment.name = order.name;
  environment.type = order.type;
  environment.status = domain::EnvironmentStatus::kRunning;
  environment.origin = domain::EnvironmentOrigin::kAdopted;
  environment.odoo_version = installation.version;
  environment.db_user = installation.db_user;
  environment.data_dir = installation.data_dir;
  environment.containers = {odoo.name, db.name, pgbouncer.name};
  environment.images = {odoo.image, db.image, pgbouncer.image};
  environment.url = UrlOf(odoo, installation.http_port);
  environment.created_at = parts_.clock.Now();
  environment.updated_at = environment.created_at;
  RETURN_IF_ERROR(parts_.environments.Insert(environment));
  return environment;
}

Result<EnvironmentService::Deployment> EnvironmentService::Deploy(const Context& ctx,
                                                                  const DeployOrder& order) {
  RETURN_IF_ERROR(domain::CheckEnvironmentName(order.name));
  if (MajorOf(order.odoo_version) == 0) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is not an Odoo version", order.odoo_version),
                "write it as 17.0 or 17");
  }
  domain::Environment environment;
  if (order.project_id.empty()) {
    ASSIGN_OR_RETURN(const catalog::Project project, parts_.tenancy.DefaultProject());
    environment.project_id = project.id;
  } else {
    ASSIGN_OR_RETURN(const catalog::Project project, parts_.tenancy.GetProject(order.project_id));
    environment.project_id = project.id;
  }
  ASSIGN_OR_RETURN(const catalog::Server server, order.server_id.empty()
                                                     ? parts_.tenancy.LocalServer()
                                                     : parts_.tenancy.GetServer(order.server_id));
  environment.id.value = NewUuid();
  environment.server_id = server.id;
  environment.name = order.name;
  environment.type = order.type;
  environment.origin = domain::EnvironmentOrigin::kDeployed;
  environment.odoo_version = fmt::format("{}.0", MajorOf(order.odoo_version));
  environment.db_name = domain::DatabaseNameFor(order.name);
  const domain::TaskId task_id{NewUuid()};
  ASSIGN_OR_RETURN(environment.images, PullImages(ctx, order, environment, task_id));
  environment.created_at = parts_.clock.Now();
  environment.updated_at = environment.created_at;
  const auto task = parts_.journal.Submit(
      {.kind = domain::TaskKind::kDeploy,
       .project_id = environment.project_id,
       .subject_id = environment.id.value,
       .target = environment.id.value,
       .server_id = environment.server_id,
       .id = task_id},
      [&](catalog::Transaction& transaction) -> Status {
        RETURN_IF_ERROR(catalog::CheckOneEnvironmentMore(transaction, environment.project_id));
        return catalog::EnvironmentStore::InsertIn(transaction, parts_.clock, environment);
      });
  if (task) return Deployment{environment, *task};
  if (parts_.space != nullptr) RETURN_IF_ERROR(parts_.space->Free(task_id, std::nullopt));
  return Fail(task.error());
}

Result<domain::EnvironmentImages> EnvironmentService::PullImages(
    const Context& ctx, const DeployOrder& order, const domain::Environment& environment,
    const domain::TaskId& task) const {
  ASSIGN_OR_RETURN(const auto engine, parts_.engines.Of(environment.server_id));
  const auto choose = [&] {
    return ChooseImages(ctx, *engine, parts_.images, {}, environment.odoo_version,
                        order.postgres_version);
  };
  if (parts_.space == nullptr) return choose();
  ASSIGN_OR_RETURN(const FoundImages found,
                   FindImages(ctx, *engine, parts_.images, {}, environment.odoo_version,
                              order.postgres_version));
  // No task stands for it yet: others may read the purpose, so it names nothing.
  RETURN_IF_ERROR(ReserveForDeployment(
      ctx, parts_.engines,
      {.store = *parts_.space,
       .server = environment.server_id,
       .project = environment.project_id,
       .owner = catalog::SpaceOwner{task, std::nullopt, "environments that are being made"}},
      BytesToPull(found)));
  auto images = choose();
  // The images are on the disk now, or will not come; the environment is yet to be made.
  const auto used = images ? std::optional<std::string>(space_part::kImages) : std::nullopt;
  RETURN_IF_ERROR(parts_.space->Free(task, std::nullopt, used));
  return images;
}

Result<domain::Task> EnvironmentService::Remove(const domain::EnvironmentId& id,
                                                const std::string& confirm) {
  ASSIGN_OR_RETURN(const domain::Environment environment, parts_.environments.Get(id));
  if (environment.status == domain::EnvironmentStatus::kDeleted) {
    return Fail(ErrorCode::kConflict, fmt::format("\"{}\" is removed already", environment.name));
  }
  if (confirm != environment.name) {
    return Fail(ErrorCode::kConfirmationMissing,
                fmt::format("removing \"{}\" needs its name as confirmation", environment.name),
                "give confirm=NAME");
  }
  return parts_.journal.Submit(
      {.kind = domain::TaskKind::kRemove,
       .project_id = environment.project_id,
       .subject_id = environment.id.value,
       .target = environment.id.value,
       .server_id = environment.server_id},
      [&](catalog::Transaction& transaction) -> Status {
        RETURN_IF_ERROR(catalog::MountStore::CheckNoneIn(transaction, environment.id));
        return catalog::SnapshotStore::CheckNoneLeftBehindIn(transaction, environment.id);
      });
}

Result<domain::Environment> EnvironmentService::SetLifetime(
    const domain::EnvironmentId& id, std::optional<std::chrono::minutes> lifetime) {
  const Instant now = parts_.clock.Now();
  const auto change = [&](catalog::Transaction& transaction, domain::Environment& row) -> Status {
    if (row.status == domain::EnvironmentStatus::kDeleted) {
      return Fail(ErrorCode::kConflict, fmt::format("\"{}\" is removed already", row.name));
    }
    // What holds it may remove it, or set the time itself when it ends: nothing is promised beside.
    RETURN_IF_ERROR(jobs::Journal::CheckFreeIn(transaction, id.value));
    if (lifetime && !domain::MayExpire(row)) {
      return Fail(MayNotExpire(row));
    }
    row.expires_at = lifetime ? std::optional(now + *lifetime) : std::nullopt;
    return {};
  };
  return parts_.environments.UpdateWith(id, change);
}

Result<bool> EnvironmentService::RemoveExpired(const domain::EnvironmentId& id) {
  const Instant now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const domain::Environment environment, parts_.environments.Get(id));
  bool is_due = true;
  const auto take = [&](catalog::Transaction& transaction) -> Status {
    RETURN_IF_ERROR(catalog::EnvironmentStore::UpdateIn(
        transaction, parts_.clock, id, [&](domain::Environment& row) -> Status {
          is_due = row.expires_at && *row.expires_at <= now && domain::MayExpire(row) &&
                   row.status != domain::EnvironmentStatus::kDeleted;
          if (!is_due) return Fail(ErrorCode::kConflict, "it is not due any more");
          row.expires_at = now + kRemovalPause;
          return {};
        }));
    const Status alone = catalog::MountStore::CheckNoneIn(transaction, id);
    is_due = alone.has_value();
    return alone;
  };
  const Result<domain::Task> task = parts_.journal.Submit({.kind = domain::TaskKind::kRemove,
                                                           .project_id = environment.project_id,
                                                           .subject_id = id.value,
                                                           .target = id.value,
                                                           .server_id = environment.server_id,
                                                           .asker = jobs::Asker::kSchedule},
                                                          take);
  if (task) return true;
  if (!is_due) return false;
  return Fail(task.error());
}

Status EnvironmentService::EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                          const domain::Task& task) {
  // A removal that is cancelled has removed nothing.
  if (task.kind != domain::TaskKind::kDeploy) return {};
  RETURN_IF_ERROR(catalog::EnvironmentStore::UpdateIn(
      transaction, clock, domain::EnvironmentId{task.subject_id},
      [](domain::Environment& row) -> Status {
        row.status = domain::EnvironmentStatus::kDeleted;
        row.error_message = "cancelled before it began";
        return {};
      }));
  return {};
}

}  // namespace reprise::odoo
