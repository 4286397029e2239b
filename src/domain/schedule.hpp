#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace reprise::domain {

// What a schedule makes: a backup of its environment, or a drill of its newest verified backup.
enum class ScheduleKind { kBackup, kDrill };

// What became of one run. kCaughtUp: it began late, since nothing ran when it was due. kSkipped:
// the former one was still running. kFailed: it could not begin.
enum class RunOutcome { kStarted, kCaughtUp, kSkipped, kFailed };

// One time at which a schedule was due, and what became of it.
struct ScheduleRun {
  Instant due_at;
  Instant at;  // when it was looked after
  RunOutcome outcome = RunOutcome::kStarted;
  int missed = 0;  // further times that were due and got no run of their own
  TaskId task_id;  // that it made, or that was in its way
  std::string detail;
};

// Makes backups or drills of an environment by the clock.
struct Schedule {
  ScheduleId id;
  ProjectId project_id;
  EnvironmentId environment_id;
  ScheduleKind kind = ScheduleKind::kBackup;
  std::string name;
  std::string cron;
  std::string time_zone = "UTC";
  bool is_enabled = true;
  bool include_filestore = true;
  bool incremental = false;            // its backups take what was stored before from there
  std::optional<Instant> next_run_at;  // nullopt while it is off
  std::optional<ScheduleRun> last_run;
  Instant created_at;
  Instant updated_at;
};

[[nodiscard]] std::string_view NameOf(ScheduleKind kind);
[[nodiscard]] std::string_view NameOf(RunOutcome outcome);
[[nodiscard]] std::optional<ScheduleKind> ParseScheduleKind(std::string_view text);
[[nodiscard]] std::optional<RunOutcome> ParseRunOutcome(std::string_view text);

}  // namespace reprise::domain
