#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace reprise::domain {

enum class DrillStatus { kPending, kRunning, kPassed, kFailed, kCancelled };

// A rehearsal: a backup restored into a throwaway environment without a way out, used, and removed.
struct Drill {
  DrillId id;
  ProjectId project_id;
  EnvironmentId environment_id;  // whose backup it is; empty for an import
  BackupId backup_id;
  RestoreId restore_id;        // the restore into the throwaway environment
  EnvironmentId throwaway_id;  // that environment; in no list
  TaskId task_id;
  DrillStatus status = DrillStatus::kPending;
  std::optional<Instant> started_at;
  std::optional<Instant> completed_at;
  std::optional<double> recovery_seconds;  // from its begin until Odoo answered
  std::string error_code;
  std::string error_message;
  std::string error_step;
  std::string report_json;  // what was proven and done; empty until it has ended
  Instant created_at;
};

[[nodiscard]] std::string_view NameOf(DrillStatus status);
[[nodiscard]] std::optional<DrillStatus> ParseDrillStatus(std::string_view text);

}  // namespace reprise::domain
