#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/environment.hpp"
#include "domain/ids.hpp"
#include "domain/masking.hpp"

namespace reprise::domain {

enum class RestoreMode { kOriginal, kExisting, kNew, kCrossServer };
enum class RestoreStrategy { kAuto, kSideBySide, kInPlace };
// A setting that decides by the situation unless it is told.
enum class Switch { kAuto, kOn, kOff };
enum class IdentityPolicy { kAuto, kKeep, kReset };
enum class UnhealthyPolicy { kRollback, kLeave };

// Statuses as the product page prints them.
enum class RestoreStatus {
  kPending,
  kDownloading,
  kRestoringDb,
  kRestoringFiles,
  kVerifying,
  kCompleted,
  kFailed,
  kCancelled
};

// What became of the target. kNone until the restore has ended.
enum class RestoreOutcome { kNone, kTargetUntouched, kSwapped, kRolledBack, kUndone };

// The environment that modes new and cross_server make.
struct NewEnvironment {
  std::string name;
  EnvironmentType type = EnvironmentType::kStaging;
  ServerId server_id;                            // empty: the source's server
  std::optional<std::chrono::minutes> lifetime;  // removes itself so long after the restore
};

// What a caller asks for (POST /backups/restore/v2).
struct RestoreRequest {
  BackupId backup_id;
  RestoreMode mode = RestoreMode::kOriginal;
  EnvironmentId environment_id;    // mode existing
  NewEnvironment new_environment;  // modes new, cross_server
  bool create_pre_restore_backup = true;
  bool include_filestore = true;
  Switch neutralize = Switch::kAuto;
  IdentityPolicy identity = IdentityPolicy::kAuto;
  RestoreStrategy strategy = RestoreStrategy::kAuto;
  std::chrono::hours keep_previous{24};
  UnhealthyPolicy on_unhealthy = UnhealthyPolicy::kRollback;
  std::optional<Instant> run_at;
  std::optional<MaskPresets> mask;  // nullopt: as the project says for copies of production
  std::string idempotency_key;
  std::string confirm;
  // Not the caller's: what was decided by `mask` and the project's settings when it was ordered.
  SafeCopySettings safe_copy;
  // The same, by what the target keeps: whether a snapshot of what is restored stays beside it.
  bool keep_snapshot = false;
};

// The record of one restore.
struct RestorePoint {
  RestoreId id;
  BackupId backup_id;
  ProjectId project_id;
  EnvironmentId target_environment_id;
  TaskId task_id;
  ServerId target_server_id;
  RestoreRequest request;
  RestoreStrategy strategy = RestoreStrategy::kSideBySide;  // as decided, never kAuto
  RestoreStatus status = RestoreStatus::kPending;
  RestoreOutcome outcome = RestoreOutcome::kNone;
  BackupId pre_restore_backup_id;
  std::optional<Instant> started_at;
  std::optional<Instant> completed_at;
  std::optional<double> downtime_seconds;  // from Odoo stopped to Odoo answering
  std::optional<Instant> undo_expires_at;
  std::string previous_db_name;  // the fenced old database that undo swaps back; empty = none
  std::string error_code;
  std::string error_message;
  std::string error_step;
  std::vector<std::string> warnings;
  std::string proof_json;  // the report of what was proven
  Instant created_at;
};

[[nodiscard]] std::string_view NameOf(RestoreMode mode);
[[nodiscard]] std::string_view NameOf(RestoreStrategy strategy);
[[nodiscard]] std::string_view NameOf(RestoreStatus status);
[[nodiscard]] std::string_view NameOf(RestoreOutcome outcome);
[[nodiscard]] std::string_view NameOf(Switch value);
[[nodiscard]] std::string_view NameOf(IdentityPolicy policy);
[[nodiscard]] std::string_view NameOf(UnhealthyPolicy policy);
[[nodiscard]] std::optional<RestoreMode> ParseRestoreMode(std::string_view text);
[[nodiscard]] std::optional<RestoreStrategy> ParseRestoreStrategy(std::string_view text);
[[nodiscard]] std::optional<RestoreStatus> ParseRestoreStatus(std::string_view text);
[[nodiscard]] std::optional<RestoreOutcome> ParseRestoreOutcome(std::string_view text);
[[nodiscard]] std::optional<Switch> ParseSwitch(std::string_view text);
[[nodiscard]] std::optional<IdentityPolicy> ParseIdentityPolicy(std::string_view text);
[[nodiscard]] std::optional<UnhealthyPolicy> ParseUnhealthyPolicy(std::string_view text);

[[nodiscard]] inline bool MakesEnvironment(RestoreMode mode) {
  return mode == RestoreMode::kNew || mode == RestoreMode::kCrossServer;
}

}  // namespace reprise::domain
