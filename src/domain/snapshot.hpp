#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace reprise::domain {

// Why a snapshot is there: a person ordered it, a restore left one of what it brought, or a
// rollback kept what it replaced.
enum class SnapshotOrigin { kManual, kAfterRestore, kBeforeRollback };
// kUsed: it was rolled back to and is live now.
enum class SnapshotStatus { kTaking, kKept, kRemoving, kRemoved, kUsed, kFailed };

// A copy of an environment beside the live one, in its own PostgreSQL and volume: a database that
// lets nobody in, and hard links of the files. Rolling back to it is a swap.
struct Snapshot {
  SnapshotId id;
  ProjectId project_id;
  EnvironmentId environment_id;
  TaskId task_id;  // the last one that worked on it
  std::string name;
  SnapshotOrigin origin = SnapshotOrigin::kManual;
  SnapshotStatus status = SnapshotStatus::kTaking;
  // Of what stands in the cluster, and of its folder beside the live filestore; empty once nothing
  // does.
  std::string database_name;
  SnapshotId rollback_to;    // before_rollback: the one that became live instead; else empty
  bool spares_it = false;    // ... which went live as a copy, and stays
  std::string odoo_version;  // of the environment when it was taken
  std::uint64_t database_bytes = 0;  // on disk, when it was taken
  std::string created_by;
  Instant created_at;
  std::optional<Instant> taken_at;    // the moment that it is a copy of
  std::optional<Instant> expires_at;  // nullopt: it stays
  std::optional<Instant> ended_at;
  std::string error_code;
  std::string error_message;
};

// What an environment keeps.
struct SnapshotSettings {
  int keep = 3;  // at most, 0 to 20; those of rollbacks do not count
  // Each restore into it leaves one of what it brought; the oldest of these gives way.
  bool after_restore = false;
  bool operator==(const SnapshotSettings&) const = default;
};
inline constexpr int kMostSnapshots = 20;

[[nodiscard]] std::string_view NameOf(SnapshotOrigin origin);
[[nodiscard]] std::string_view NameOf(SnapshotStatus status);
[[nodiscard]] std::optional<SnapshotOrigin> ParseSnapshotOrigin(std::string_view text);
[[nodiscard]] std::optional<SnapshotStatus> ParseSnapshotStatus(std::string_view text);

}  // namespace reprise::domain
