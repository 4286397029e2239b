#include "restore/drill_service.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "domain/names.hpp"

namespace reprise::restore {
namespace {

using domain::Backup;
using domain::Drill;
using domain::Environment;
using domain::RestorePoint;

Status CheckUsable(const Backup& backup) {
  if (backup.status == domain::BackupStatus::kCompleted && backup.is_verified &&
      !backup.snapshot.odoo_version.empty()) {
    return {};
  }
  return Fail(ErrorCode::kBackupNotAvailable,
              fmt::format("the backup \"{}\" is not completed and verified, or does not say which "
                          "Odoo it is of",
                          backup.name),
              "drill a verified backup");
}

// Nobody sees it in a list, nothing reaches it from outside, and it goes with the drill.
Environment ThrowawayFor(const Drill& drill, const Backup& backup, const domain::ServerId& server) {
  Environment environment;
  environment.id.value = NewUuid();
  environment.project_id = backup.project_id;
  environment.server_id = server;
  environment.name = "drill " + domain::ShortId(drill.id.value);
  environment.type = domain::EnvironmentType::kTesting;
  environment.status = domain::EnvironmentStatus::kDeploying;
  environment.origin = domain::EnvironmentOrigin::kDeployed;
  environment.odoo_version = backup.snapshot.odoo_version;
  environment.db_name = domain::DatabaseNameFor(environment.name);
  environment.containers = {environment.id.value + "_odoo", environment.id.value + "_db",
                            environment.id.value + "_pgbouncer"};
  environment.created_at = drill.created_at;
  environment.updated_at = drill.created_at;
  return environment;
}

RestorePoint RestoreFor(const Drill& drill, const Environment& target) {
  RestorePoint restore;
  restore.id = drill.restore_id;
  restore.backup_id = drill.backup_id;
  restore.project_id = drill.project_id;
  restore.target_environment_id = target.id;
  restore.target_server_id = target.server_id;
  restore.task_id = drill.task_id;
  restore.request.backup_id = drill.backup_id;
  restore.request.mode = domain::RestoreMode::kNew;
  restore.request.new_environment = {target.name, target.type, target.server_id};
  restore.request.create_pre_restore_backup = false;
  restore.request.neutralize = domain::Switch::kOn;
  restore.created_at = drill.created_at;
  return restore;
}

}  // namespace

Result<Backup> DrillService::BackupFor(const DrillOrder& order) const {
  if (!order.backup_id.empty()) return parts_.backups.Get(order.backup_id);
  ASSIGN_OR_RETURN(const Environment environment, parts_.environments.Get(order.environment_id));
  ASSIGN_OR_RETURN(const auto completed,
                   parts_.backups.List({.environment_id = order.environment_id,
                                        .status = domain::BackupStatus::kCompleted},
                                       {1, 100}));
  for (const Backup& backup : completed.items) {
    if (backup.is_verified) return backup;
  }
  return Fail(ErrorCode::kBackupNotAvailable,
              fmt::format("\"{}\" has no verified backup that could be drilled", environment.name),
              "make a backup first");
}

// Where its environment lives: there are its images.
Result<domain::ServerId> DrillService::ServerFor(const Backup& backup) const {
  if (!backup.environment_id.empty()) {
    const auto environment = parts_.environments.Get(backup.environment_id);
    if (environment && environment->status != domain::EnvironmentStatus::kDeleted) {
      return environment->server_id;
    }
  }
  ASSIGN_OR_RETURN(const catalog::Server server, parts_.tenancy.LocalServer());
  return server.id;
}

Result<Drill> DrillService::Order(const DrillOrder& order, const jobs::Alongside& alongside) {
  ASSIGN_OR_RETURN(const Backup backup, BackupFor(order));
  RETURN_IF_ERROR(CheckUsable(backup));
  ASSIGN_OR_RETURN(const domain::ServerId server, ServerFor(backup));
  Drill drill;
  drill.id.value = NewUuid();
  drill.task_id.value = NewUuid();
  drill.restore_id.value = NewUuid();
  drill.created_at = parts_.clock.Now();
  drill.project_id = backup.project_id;
  drill.environment_id = backup.environment_id;
  drill.backup_id = backup.id;
  const Environment target = ThrowawayFor(drill, backup, server);
  drill.throwaway_id = target.id;
  const RestorePoint restore = RestoreFor(drill, target);
  const auto insert = [&](catalog::Transaction& transaction) -> Status {
    RETURN_IF_ERROR(catalog::EnvironmentStore::InsertIn(transaction, parts_.clock, target));
    RETURN_IF_ERROR(catalog::RestoreStore::InsertIn(transaction, parts_.clock, restore));
    RETURN_IF_ERROR(catalog::DrillStore::InsertIn(transaction, parts_.clock, drill));
    return alongside.WriteIn(transaction, drill.task_id);
  };
  RETURN_IF_ERROR(parts_.journal.Submit(
      {.kind = domain::TaskKind::kDrill,
       .project_id = drill.project_id,
       .subject_id = drill.id.value,
       .target = backup.environment_id.empty() ? "drill:" + backup.id.value
                                               : TargetOf(backup.environment_id),
       .server_id = server,
       .id = drill.task_id,
       .notice = alongside.notice,
       .asker = alongside.asker},
      insert));
  return drill;
}

std::string DrillService::TargetOf(const domain::EnvironmentId& environment) {
  return "drill:" + environment.value;
}

Status DrillService::EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                    const domain::Task& task) {
  if (task.kind != domain::TaskKind::kDrill) return {};
  const std::string why = "cancelled before it began";
  ASSIGN_OR_RETURN(const Drill drill,
                   catalog::DrillStore::UpdateIn(transaction, domain::DrillId{task.subject_id},
                                                 [&](Drill& row) -> Status {
                                                   row.status = domain::DrillStatus::kCancelled;
                                                   row.error_message = why;
                                                   row.completed_at = clock.Now();
                                                   return {};
                                                 }));
  ASSIGN_OR_RETURN(const RestorePoint restore,
                   catalog::RestoreStore::UpdateIn(transaction, drill.restore_id,
                                                   [&](RestorePoint& row) -> Status {
                                                     row.status = domain::RestoreStatus::kCancelled;
                                                     row.error_message = why;
                                                     row.completed_at = clock.Now();
                                                     return {};
                                                   }));
  RETURN_IF_ERROR(catalog::EnvironmentStore::UpdateIn(
      transaction, clock, restore.target_environment_id, [&](Environment& row) -> Status {
        row.status = domain::EnvironmentStatus::kDeleted;
        row.error_message = why;
        return {};
      }));
  return {};
}

}  // namespace reprise::restore
