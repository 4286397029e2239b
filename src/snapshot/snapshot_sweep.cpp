#include "snapshot/snapshot_sweep.hpp"

#include <map>

#include "base/log.hpp"

namespace reprise::snapshot {
namespace {

using domain::Snapshot;
using domain::SnapshotOrigin;
using domain::SnapshotStatus;

// A removal that failed is not ordered again at once.
constexpr std::chrono::minutes kPause{15};

bool IsOver(const Snapshot& snapshot, Instant now) {
  if (snapshot.status == SnapshotStatus::kKept) {
    return snapshot.expires_at && *snapshot.expires_at <= now;
  }
  return snapshot.status == SnapshotStatus::kFailed &&
         snapshot.origin != SnapshotOrigin::kBeforeRollback && snapshot.ended_at &&
         *snapshot.ended_at + kPause <= now;
}

}  // namespace

Status SnapshotSweep::Sweep(const Context& ctx) const {
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
    log::Info("snapshot.over",
              {{"snapshot", snapshot.id.value}, {"why", std::string(why)}, {"task", task->id.value}});
  } else if (task.error().code != ErrorCode::kTargetBusy) {
    log::Warning("snapshot.over",
                 {{"snapshot", snapshot.id.value}, {"error", task.error().Sentence()}});
  }
}

}  // namespace reprise::snapshot
