#include "snapshot/snapshot_service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/id.hpp"
#include "restore/order.hpp"

namespace reprise::snapshot {
namespace {

using domain::Environment;
using domain::Snapshot;
using domain::SnapshotOrigin;
using domain::SnapshotStatus;
using domain::TaskKind;

jobs::NewTask TaskFor(TaskKind kind, const Snapshot& snapshot, const Environment& environment) {
  return {.kind = kind,
          .project_id = snapshot.project_id,
          .subject_id = snapshot.id.value,
          .target = environment.id.value,
          .server_id = environment.server_id,
          .id = snapshot.task_id};
}

Snapshot NewSnapshot(const Environment& environment, Instant now) {
  Snapshot snapshot;
  snapshot.id.value = NewUuid();
  snapshot.task_id.value = NewUuid();
  snapshot.project_id = environment.project_id;
  snapshot.environment_id = environment.id;
  snapshot.odoo_version = environment.odoo_version;
  snapshot.created_at = now;
  return snapshot;
}

Error NothingStands(const Snapshot& snapshot) {
  return {ErrorCode::kConflict, fmt::format("the snapshot {} is {}: nothing stands of it",
                                            snapshot.id.value, NameOf(snapshot.status))};
}

Status CheckMayRollBackTo(const Snapshot& snapshot) {
  if (MayRollBackTo(snapshot)) return {};
  return Fail(NothingStands(snapshot));
}

Status CheckRoomForOneMore(const std::vector<Snapshot>& kept, int keep,
                           const Environment& environment) {
  const auto count = std::count_if(kept.begin(), kept.end(), [](const Snapshot& one) {
    return one.origin != SnapshotOrigin::kBeforeRollback;
  });
  if (count < keep) return {};
  return Fail(
      ErrorCode::kConflict,
      fmt::format("\"{}\" keeps {} snapshots, and may keep {}", environment.name, count, keep),
      "remove one, or let it keep more (its snapshot settings)");
}

}  // namespace

bool MayRollBackTo(const Snapshot& snapshot) {
  if (snapshot.database_name.empty()) return false;
  // What a rollback has replaced and could not put back is whole, however the rollback ended; one
  // with a moment failed later, in its removal.
  return snapshot.status == SnapshotStatus::kKept ||
         (snapshot.status == SnapshotStatus::kFailed && !snapshot.taken_at &&
          snapshot.origin == SnapshotOrigin::kBeforeRollback);
}

Result<Environment> SnapshotService::LivingEnvironment(const domain::EnvironmentId& id) const {
  ASSIGN_OR_RETURN(Environment environment, parts_.environments.Get(id));
  if (environment.status != domain::EnvironmentStatus::kDeleted) return environment;
  return Fail(ErrorCode::kConflict, fmt::format("\"{}\" is removed", environment.name));
}

Result<Snapshot> SnapshotService::Take(const SnapshotOrder& order) {
  ASSIGN_OR_RETURN(const Environment environment, LivingEnvironment(order.environment_id));
  ASSIGN_OR_RETURN(const auto settings, parts_.snapshots.SettingsOf(environment.id));
  Snapshot snapshot = NewSnapshot(environment, parts_.clock.Now());
  snapshot.name = order.name;
  snapshot.created_by = order.created_by;
  if (order.lifetime) snapshot.expires_at = snapshot.created_at + *order.lifetime;
  const auto insert = [&](catalog::Transaction& transaction) -> Status {
    ASSIGN_OR_RETURN(const auto kept, catalog::SnapshotStore::KeptIn(transaction, environment.id));
    RETURN_IF_ERROR(CheckRoomForOneMore(kept, settings.keep, environment));
    return catalog::SnapshotStore::InsertIn(transaction, snapshot);
  };
  RETURN_IF_ERROR(
      parts_.journal.Submit(TaskFor(TaskKind::kSnapshot, snapshot, environment), insert));
  return snapshot;
}

Result<Snapshot> SnapshotService::RollBack(const RollbackOrder& order) {
  ASSIGN_OR_RETURN(const Snapshot to, parts_.snapshots.Get(order.snapshot_id));
  RETURN_IF_ERROR(CheckMayRollBackTo(to));
  ASSIGN_OR_RETURN(const Environment environment, LivingEnvironment(to.environment_id));
  RETURN_IF_ERROR(restore::CheckMajor(to.odoo_version, environment.odoo_version, environment.name));
  restore::Order confirmed;
  confirmed.target = environment;
  confirmed.request.confirm = order.confirm;
  RETURN_IF_ERROR(restore::CheckConfirmation(confirmed));
  Snapshot previous = NewSnapshot(environment, parts_.clock.Now());
  previous.origin = SnapshotOrigin::kBeforeRollback;
  previous.rollback_to = to.id;
  previous.spares_it = order.keep_snapshot;
  previous.created_by = order.created_by;
  previous.expires_at = previous.created_at + order.keep_previous;
  jobs::NewTask task = TaskFor(TaskKind::kRollback, previous, environment);
  task.asker = jobs::Asker::kRescuer;
  const auto insert = [&](catalog::Transaction& transaction) -> Status {
    // Read again where nobody can begin to remove it any more.
    RETURN_IF_ERROR(catalog::SnapshotStore::UpdateIn(transaction, to.id, CheckMayRollBackTo));
    return catalog::SnapshotStore::InsertIn(transaction, previous);
  };
  RETURN_IF_ERROR(parts_.journal.Submit(task, insert));
  return previous;
}

Result<domain::Task> SnapshotService::Remove(const domain::SnapshotId& id) {
  ASSIGN_OR_RETURN(const Snapshot snapshot, parts_.snapshots.Get(id));
  ASSIGN_OR_RETURN(const Environment environment, parts_.environments.Get(snapshot.environment_id));
  Snapshot going = snapshot;
  going.task_id.value = NewUuid();
  return parts_.journal.Submit(
      TaskFor(TaskKind::kDropSnapshot, going, environment), [&](catalog::Transaction& transaction) {
        return catalog::SnapshotStore::UpdateIn(transaction, id, [&](Snapshot& row) -> Status {
          if (row.database_name.empty()) return Fail(NothingStands(row));
          row.task_id = going.task_id;
          row.status = SnapshotStatus::kRemoving;
          return {};
        });
      });
}

Status SnapshotService::PutSettings(const domain::EnvironmentId& id,
                                    const domain::SnapshotSettings& settings) {
  if (settings.keep < 0 || settings.keep > domain::kMostSnapshots) {
    Error error{ErrorCode::kInvalidArgument,
                fmt::format("an environment keeps 0 to {} snapshots", domain::kMostSnapshots)};
    error.field = "/keep";
    return Fail(std::move(error));
  }
  RETURN_IF_ERROR(LivingEnvironment(id));
  return parts_.snapshots.PutSettings(id, settings);
}

Status SnapshotService::EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                       const domain::Task& task) {
  const bool drops = task.kind == TaskKind::kDropSnapshot;
  if (task.kind != TaskKind::kSnapshot && task.kind != TaskKind::kRollback && !drops) return {};
  return catalog::SnapshotStore::UpdateIn(
      transaction, domain::SnapshotId{task.subject_id}, [&](Snapshot& row) -> Status {
        if (drops && row.error_message.empty()) {
          row.status = SnapshotStatus::kKept;  // nothing was removed
          return {};
        }
        row.status = SnapshotStatus::kFailed;
        row.ended_at = clock.Now();
        if (drops) return {};
        row.error_code = NameOf(ErrorCode::kCancelled);
        row.error_message = "cancelled before it began";
        return {};
      });
}

}  // namespace reprise::snapshot
