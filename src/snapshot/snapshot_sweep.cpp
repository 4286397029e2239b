#include "snapshot/snapshot_sweep.hpp"

#include <map>

#include "base/if_found.hpp"
#include "base/log.hpp"

namespace reprise::snapshot {
namespace {

using domain::Snapshot;
using domain::SnapshotOrigin;
using domain::SnapshotStatus;

// A removal that failed is not ordered again at once.
constexpr std::chrono::hours kPause{1};
// So long after its task has ended a row is not being written any more.
constexpr std::chrono::minutes kSettled{2};

// Not what a rollback has replaced and could not put back: that was live.
bool IsLeftover(const Snapshot& snapshot) {
  return snapshot.origin != SnapshotOrigin::kBeforeRollback || snapshot.taken_at;
}

bool IsOver(const Snapshot& snapshot, Instant now) {
  if (snapshot.status == SnapshotStatus::kKept) {
    return snapshot.expires_at && *snapshot.expires_at <= now;
  }
  return snapshot.status == SnapshotStatus::kFailed && IsLeftover(snapshot) && snapshot.ended_at &&
         *snapshot.ended_at + kPause <= now;
}

}  // namespace

Status SnapshotSweep::Sweep(const Context& ctx) const {
  RETURN_IF_ERROR(EndForgotten());
  ASSIGN_OR_RETURN(const auto standing, parts_.snapshots.Standing());
  std::map<domain::EnvironmentId, std::vector<Snapshot>> by_environment;
  for (const Snapshot& snapshot : standing) {
    by_environment[snapshot.environment_id].push_back(snapshot);
  }
  for (const auto& [id, snapshots] : by_environment) {
    RETURN_IF_ERROR(ctx.Check());
    RETURN_IF_ERROR(SweepEnvironment(id, snapshots));
  }
  return {};
}

Status SnapshotSweep::EndForgotten() const {
  const Instant now = parts_.clock.Now();
  for (const SnapshotStatus status : {SnapshotStatus::kTaking, SnapshotStatus::kRemoving}) {
    ASSIGN_OR_RETURN(const auto found, parts_.snapshots.List({.status = status}, {1, 100}));
    for (const Snapshot& snapshot : found.items) {
      ASSIGN_OR_RETURN(const auto task, IfFound(parts_.journal.Get(snapshot.task_id)));
      const Instant ended = task ? task->completed_at.value_or(now) : Instant();
      if (task && (!domain::HasEnded(task->status) || ended + kSettled > now)) continue;
      RETURN_IF_ERROR(
          parts_.snapshots.Update(snapshot.id, std::nullopt, [&](Snapshot& row) -> Status {
            if (row.status != status) return {};
            row.status = SnapshotStatus::kFailed;
            row.ended_at = now;
            row.error_code = NameOf(ErrorCode::kInternal);
            row.error_message = "its task has ended without telling what became of it";
            return {};
          }));
    }
  }
  return {};
}

Status SnapshotSweep::SweepEnvironment(const domain::EnvironmentId& id,
                                       const std::vector<Snapshot>& standing) const {
  const Instant now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const domain::Environment environment, parts_.environments.Get(id));
  if (environment.status == domain::EnvironmentStatus::kDeleted) {
    for (const Snapshot& snapshot : standing) {
      RETURN_IF_ERROR(
          parts_.snapshots.Update(snapshot.id, std::nullopt, [&](Snapshot& row) -> Status {
            row.status = SnapshotStatus::kRemoved;
            row.database_name.clear();
            row.ended_at = now;
            return {};
          }));
    }
    return {};
  }
  for (const Snapshot& snapshot : standing) {
    if (!IsOver(snapshot, now)) continue;
    Remove(snapshot, "its time is over");
    return {};  // the environment is busy from here on
  }
  ASSIGN_OR_RETURN(const auto settings, parts_.snapshots.SettingsOf(id));
  int kept = 0;
  const Snapshot* oldest = nullptr;  // of restores; they come newest first
  bool has_newer = false;
  for (const Snapshot& snapshot : standing) {
    if (snapshot.status != SnapshotStatus::kKept ||
        snapshot.origin == SnapshotOrigin::kBeforeRollback) {
      continue;
    }
    ++kept;
    if (snapshot.origin != SnapshotOrigin::kAfterRestore) continue;
    has_newer = oldest != nullptr;
    oldest = &snapshot;
  }
  if (kept > settings.keep && has_newer) Remove(*oldest, "newer ones took its place");
  return {};
}

void SnapshotSweep::Remove(const Snapshot& snapshot, std::string_view why) const {
  const auto task = parts_.service.Remove(snapshot.id);
  if (task) {
    log::Info(
        "snapshot.over",
        {{"snapshot", snapshot.id.value}, {"why", std::string(why)}, {"task", task->id.value}});
  } else if (task.error().code != ErrorCode::kTargetBusy) {
    log::Warning("snapshot.over",
                 {{"snapshot", snapshot.id.value}, {"error", task.error().Sentence()}});
  }
}

}  // namespace reprise::snapshot
