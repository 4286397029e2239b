#include "restore/restore_service.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "restore/server_choice.hpp"

namespace reprise::restore {
namespace {

using domain::Environment;
using domain::RestorePoint;
using domain::RestoreRequest;

// What a rollback has put live since is not what the restore brought, nor are its files.
Status CheckNotRolledBackSince(const catalog::SnapshotStore* snapshots,
                               const RestorePoint& restore) {
  if (snapshots == nullptr || !restore.completed_at) return {};
  ASSIGN_OR_RETURN(const auto kept,
                   snapshots->List({.environment_id = restore.target_environment_id,
                                    .status = domain::SnapshotStatus::kKept},
                                   {1, 100}));
  for (const domain::Snapshot& one : kept.items) {
    const bool is_later = one.taken_at && *one.taken_at > *restore.completed_at;
    if (one.origin != domain::SnapshotOrigin::kBeforeRollback || !is_later) continue;
    return Fail(ErrorCode::kConflict,
                "the environment was rolled back to a snapshot since this restore",
                fmt::format("roll back to what was live before that first: reprise snapshot "
                            "rollback {}",
                            one.id.value));
  }
  return {};
}

}  // namespace

Status CheckCompatible(const domain::Backup& backup, const Environment& target) {
  Order order;
  order.backup = backup;
  order.target = target;
  return CheckFits(order);
}

Result<RestoreTicket> RestoreService::Submit(const Context& ctx, const RestoreRequest& request) {
  const Instant now = parts_.clock.Now();
  ASSIGN_OR_RETURN(Order order, ReadOrder({parts_.backups, parts_.environments, parts_.tenancy,
                                           parts_.safe_copies, parts_.snapshots},
                                          request, now));
  RETURN_IF_ERROR(CheckAvailable(ctx, parts_.store, order.backup));
  RETURN_IF_ERROR(CheckFits(order));
  RETURN_IF_ERROR(CheckConfirmation(order));
  if (order.is_new_environment && parts_.engines != nullptr) {
    ASSIGN_OR_RETURN(const catalog::Server server,
                     parts_.tenancy.GetServer(order.target.server_id));
    RETURN_IF_ERROR(CheckServerHolds(ctx, *parts_.engines, parts_.space, server, order.backup));
  }
  if (parts_.check_room) RETURN_IF_ERROR(parts_.check_room(ctx, order));

  RestoreTicket ticket;
  ticket.is_new_environment = order.is_new_environment;
  ticket.target = std::move(order.target);
  RestorePoint& restore = ticket.restore;
  restore.id.value = NewUuid();
  restore.task_id.value = NewUuid();
  restore.backup_id = order.backup.id;
  restore.project_id = order.backup.project_id;
  restore.target_environment_id = ticket.target.id;
  restore.target_server_id = ticket.target.server_id;
  restore.request = order.request;
  restore.strategy = order.strategy;
  restore.created_at = now;
  ASSIGN_OR_RETURN(
      ticket.task,
      parts_.journal.Submit(
          {.kind = domain::TaskKind::kRestore,
           .project_id = restore.project_id,
           .subject_id = restore.id.value,
           .target = ticket.target.id.value,
           .server_id = restore.target_server_id,
           .idempotency_key = request.idempotency_key,
           .run_at = request.run_at,
           .id = restore.task_id,
           // One at a time in each environment that there is; new ones have a limit of their own.
           .asker = ticket.is_new_environment ? jobs::Asker::kPerson : jobs::Asker::kRescuer},
          [&](catalog::Transaction& transaction) -> Status {
            if (ticket.is_new_environment) {
              RETURN_IF_ERROR(catalog::CheckOneEnvironmentMore(transaction, restore.project_id));
              RETURN_IF_ERROR(
                  catalog::EnvironmentStore::InsertIn(transaction, parts_.clock, ticket.target));
            }
            return catalog::RestoreStore::InsertIn(transaction, parts_.clock, restore);
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
  RETURN_IF_ERROR(CheckNotRolledBackSince(parts_.snapshots, restore));
  return parts_.journal.Submit({.kind = domain::TaskKind::kUndo,
                                .project_id = restore.project_id,
                                .subject_id = restore.id.value,
                                .target = restore.target_environment_id.value,
                                .server_id = restore.target_server_id});
}

Result<domain::Task> RestoreService::Release(const domain::RestoreId& id) {
  ASSIGN_OR_RETURN(const RestorePoint restore, parts_.restores.Get(id));
  if (restore.previous_db_name.empty()) {
    return Fail(ErrorCode::kConflict, "this restore keeps no previous state that could be removed");
  }
  return parts_.journal.Submit({.kind = domain::TaskKind::kRelease,
                                .project_id = restore.project_id,
                                .subject_id = restore.id.value,
                                .target = restore.target_environment_id.value,
                                .server_id = restore.target_server_id});
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
