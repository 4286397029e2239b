#include "restore/restore_service.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "domain/names.hpp"
#include "odoo/installation.hpp"

namespace reprise::restore {
namespace {

using domain::Backup;
using domain::Environment;
using domain::RestoreMode;
using domain::RestorePoint;
using domain::RestoreRequest;

Status CheckBackup(const Context& ctx, storage::ObjectStore& store, const Backup& backup) {
  if (backup.status != domain::BackupStatus::kCompleted) {
    return Fail(ErrorCode::kBackupNotAvailable,
                fmt::format("the backup \"{}\" is {}, not completed", backup.name,
                            domain::NameOf(backup.status)),
                "use a backup whose status is completed");
  }
  if (!backup.is_verified) {
    return Fail(ErrorCode::kBackupNotAvailable,
                fmt::format("the backup \"{}\" is not verified{}{}", backup.name,
                            backup.error_message.empty() ? "" : ": ", backup.error_message),
                "verify it, or use another one");
  }
  const auto info = store.Stat(ctx, domain::StorageAddressOf(backup));
  if (info) return {};
  if (info.error().code != ErrorCode::kNotFound) return Fail(info.error());
  return Fail(ErrorCode::kBackupNotAvailable,
              fmt::format("the archive of the backup \"{}\" is gone from storage", backup.name),
              "use another backup");
}

Error FieldError(std::string field, std::string message, std::string hint = {}) {
  Error error{ErrorCode::kInvalidArgument, std::move(message), std::move(hint)};
  error.field = std::move(field);
  return error;
}

// An existing target must be able to take the backup: alive, same project, same Odoo major.
Status CheckCompatible(const Backup& backup, const Environment& target) {
  if (target.status == domain::EnvironmentStatus::kDeleted) {
    return Fail(ErrorCode::kConflict, fmt::format("the environment \"{}\" is removed", target.name),
                "restore into a new environment");
  }
  if (target.status == domain::EnvironmentStatus::kDeploying) {
    return Fail(ErrorCode::kConflict,
                fmt::format("the environment \"{}\" is still being deployed", target.name),
                "wait until it runs");
  }
  if (target.project_id != backup.project_id) {
    return Fail(ErrorCode::kIncompatible,
                fmt::format("the backup and \"{}\" belong to different projects", target.name),
                "restore it into an environment of its own project");
  }
  const std::string& wanted = backup.snapshot.odoo_version;
  if (!wanted.empty() && !target.odoo_version.empty() &&
      odoo::MajorOf(wanted) != odoo::MajorOf(target.odoo_version)) {
    return Fail(ErrorCode::kIncompatible,
                fmt::format("the backup is of Odoo {}, but \"{}\" runs Odoo {}", wanted,
                            target.name, target.odoo_version),
                "restore it into an environment of the same version, or into a new one");
  }
  return {};
}

// Nobody has to confirm, but a confirmation that is given must be of this target: it stops a script
// that means another one.
Status CheckConfirmation(const RestoreRequest& request, const Environment& target) {
  if (request.confirm.empty() || request.confirm == "RESTORE" || request.confirm == target.name) {
    return {};
  }
  return Fail(ErrorCode::kConfirmationMissing,
              fmt::format("the confirmation \"{}\" is not that of the target, which is \"{}\"",
                          request.confirm, target.name),
              "confirm with the target's name or with RESTORE, if it is the one that is meant");
}

Environment PlanEnvironment(const RestoreRequest& request, const Backup& backup,
                            const domain::ServerId& server, Instant now) {
  Environment environment;
  environment.id.value = NewUuid();
  environment.project_id = backup.project_id;
  environment.server_id = server;
  environment.name = request.new_environment.name;
  environment.type = request.new_environment.type;
  environment.status = domain::EnvironmentStatus::kDeploying;
  environment.origin = domain::EnvironmentOrigin::kDeployed;
  environment.odoo_version = backup.snapshot.odoo_version;
  environment.db_name = domain::DatabaseNameFor(environment.name);
  // What the containers will be called, so that a half-made one can be found.
  environment.containers = {environment.id.value + "_odoo", environment.id.value + "_db",
                            environment.id.value + "_pgbouncer"};
  environment.created_at = now;
  environment.updated_at = now;
  return environment;
}

}  // namespace

Result<RestoreTicket> RestoreService::Submit(const Context& ctx, const RestoreRequest& request) {
  ASSIGN_OR_RETURN(const Backup backup, parts_.backups.Get(request.backup_id));
  RETURN_IF_ERROR(CheckBackup(ctx, parts_.store, backup));
  if (request.mode == RestoreMode::kCrossServer) {
    return Fail(FieldError("/target/mode",
                           "restoring to another server is not possible: there is only one server",
                           "use mode new"));
  }
  if (request.strategy == domain::RestoreStrategy::kInPlace && !request.create_pre_restore_backup &&
      !MakesEnvironment(request.mode)) {
    return Fail(
        FieldError("/create_pre_restore_backup",
                   "strategy in_place drops the live database first, so it needs the safety "
                   "backup",
                   "leave create_pre_restore_backup on, or use side_by_side"));
  }
  const Instant now = parts_.clock.Now();
  RestoreTicket ticket;
  ticket.is_new_environment = MakesEnvironment(request.mode);
  if (ticket.is_new_environment) {
    if (Status named = domain::CheckEnvironmentName(request.new_environment.name); !named) {
      named.error().field = "/target/new_environment/name";
      return Fail(std::move(named.error()));
    }
    if (backup.snapshot.odoo_version.empty()) {
      return Fail(ErrorCode::kIncompatible,
                  "the backup does not say which Odoo it is of, so no new environment can be made",
                  "restore it into an existing environment of the right version");
    }
    ASSIGN_OR_RETURN(const catalog::Server server,
                     request.new_environment.server_id.empty()
                         ? parts_.tenancy.LocalServer()
                         : parts_.tenancy.GetServer(request.new_environment.server_id));
    ticket.target = PlanEnvironment(request, backup, server.id, now);
  } else {
    const domain::EnvironmentId target_id =
        request.mode == RestoreMode::kOriginal ? backup.environment_id : request.environment_id;
    if (target_id.empty() && request.mode == RestoreMode::kExisting) {
      return Fail(FieldError("/target/environment_id", "is required for mode existing"));
    }
    if (target_id.empty()) {
      return Fail(FieldError("/target/mode",
                             "this backup was imported, so it has no original environment",
                             "use mode existing or new"));
    }
    ASSIGN_OR_RETURN(ticket.target, parts_.environments.Get(target_id));
    RETURN_IF_ERROR(CheckCompatible(backup, ticket.target));
  }

  RETURN_IF_ERROR(CheckConfirmation(request, ticket.target));

  RestorePoint& restore = ticket.restore;
  restore.id.value = NewUuid();
  restore.task_id.value = NewUuid();
  restore.backup_id = backup.id;
  restore.project_id = backup.project_id;
  restore.target_environment_id = ticket.target.id;
  restore.target_server_id = ticket.target.server_id;
  restore.request = request;
  restore.strategy =
      request.strategy == domain::RestoreStrategy::kInPlace && !ticket.is_new_environment
          ? domain::RestoreStrategy::kInPlace
          : domain::RestoreStrategy::kSideBySide;
  restore.created_at = now;
  ASSIGN_OR_RETURN(ticket.task,
                   parts_.journal.Submit({.kind = domain::TaskKind::kRestore,
                                          .project_id = restore.project_id,
                                          .subject_id = restore.id.value,
                                          .target = ticket.target.id.value,
                                          .idempotency_key = request.idempotency_key,
                                          .run_at = request.run_at,
                                          .id = restore.task_id},
                                         [&](catalog::Transaction& transaction) -> Status {
                                           if (ticket.is_new_environment) {
                                             RETURN_IF_ERROR(catalog::EnvironmentStore::InsertIn(
                                                 transaction, parts_.clock, ticket.target));
                                           }
                                           return catalog::RestoreStore::InsertIn(
                                               transaction, parts_.clock, restore);
                                         }));
  if (ticket.task.id != restore.task_id) {
    // The idempotency key was known: this is the first call's restore.
    ASSIGN_OR_RETURN(ticket.restore,
                     parts_.restores.Get(domain::RestoreId{ticket.task.subject_id}));
    ASSIGN_OR_RETURN(ticket.target, parts_.environments.Get(ticket.restore.target_environment_id));
  }
  return ticket;
}

Result<domain::Task> RestoreService::Undo(const domain::RestoreId& id) {
  ASSIGN_OR_RETURN(const RestorePoint restore, parts_.restores.Get(id));
  if (restore.previous_db_name.empty()) {
    return Fail(ErrorCode::kConflict, "this restore keeps no previous state that could be put back",
                restore.pre_restore_backup_id.empty()
                    ? "restore another backup"
                    : fmt::format("restore its safety backup {} instead",
                                  restore.pre_restore_backup_id.value));
  }
  ASSIGN_OR_RETURN(const Environment target,
                   parts_.environments.Get(restore.target_environment_id));
  if (target.status == domain::EnvironmentStatus::kDeleted) {
    return Fail(ErrorCode::kConflict,
                fmt::format("the environment \"{}\" is removed, and its previous state with it",
                            target.name),
                "restore a backup into a new environment");
  }
  // Undoing past a later restore would put back what neither of them replaced.
  ASSIGN_OR_RETURN(
      const auto of_target,
      parts_.restores.List({.environment_id = restore.target_environment_id}, {1, 100}));
  for (const RestorePoint& other : of_target.items) {
    if (other.id != restore.id && other.created_at > restore.created_at &&
        other.outcome == domain::RestoreOutcome::kSwapped) {
      return Fail(
          ErrorCode::kConflict,
          fmt::format("a later restore ({}) has replaced what this one brought", other.id.value),
          "undo that one first");
    }
  }
  return parts_.journal.Submit({.kind = domain::TaskKind::kUndo,
                                .project_id = restore.project_id,
                                .subject_id = restore.id.value,
                                .target = restore.target_environment_id.value});
}

Result<domain::Task> RestoreService::Release(const domain::RestoreId& id) {
  ASSIGN_OR_RETURN(const RestorePoint restore, parts_.restores.Get(id));
  if (restore.previous_db_name.empty()) {
    return Fail(ErrorCode::kConflict, "this restore keeps no previous state that could be removed");
  }
  return parts_.journal.Submit({.kind = domain::TaskKind::kRelease,
                                .project_id = restore.project_id,
                                .subject_id = restore.id.value,
                                .target = restore.target_environment_id.value});
}

Status RestoreService::EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                      const domain::Task& task) {
  if (task.kind != domain::TaskKind::kRestore) return {};
  const std::string why = "cancelled before it began";
  ASSIGN_OR_RETURN(const RestorePoint restore,
                   catalog::RestoreStore::UpdateIn(transaction, domain::RestoreId{task.subject_id},
                                                   [&](RestorePoint& row) -> Status {
                                                     row.status = domain::RestoreStatus::kCancelled;
                                                     row.outcome =
                                                         domain::RestoreOutcome::kTargetUntouched;
                                                     row.error_code = NameOf(ErrorCode::kCancelled);
                                                     row.error_message = why;
                                                     row.completed_at = clock.Now();
                                                     return {};
                                                   }));
  if (!MakesEnvironment(restore.request.mode)) return {};
  RETURN_IF_ERROR(catalog::EnvironmentStore::UpdateIn(
      transaction, clock, restore.target_environment_id, [&](Environment& row) -> Status {
        row.status = domain::EnvironmentStatus::kDeleted;
        row.error_message = why;
        return {};
      }));
  return {};
}

}  // namespace reprise::restore
