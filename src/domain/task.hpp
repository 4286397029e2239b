#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace reprise::domain {

enum class TaskKind {
  kBackup,
  kRestore,
  kUndo,
  kImport,
  kVerify,
  kDeploy,
  kRemove,
  kRelease,
  kDrill,
  kMount,
  kUnmount,
  kSnapshot,
  kRollback,
  kDropSnapshot
};
enum class TaskStatus { kQueued, kRunning, kCompleted, kFailed, kCancelled };
// kPending → kRunning (intent written) → kDone | kFailed; kUndone once it was taken back.
enum class StepState { kPending, kRunning, kDone, kFailed, kUndone, kSkipped };

struct TaskStep {
  std::string name;
  StepState state = StepState::kPending;
  double percent = 0;  // of this step, 0 to 100
  std::string detail;  // "412 of 1,290 files"
  std::string error;
  std::optional<Instant> started_at;
  std::optional<Instant> completed_at;
};

// A piece of work in the queue, as callers see it.
struct Task {
  TaskId id;
  ProjectId project_id;
  TaskKind kind = TaskKind::kBackup;
  TaskStatus status = TaskStatus::kQueued;
  std::string subject_id;  // the backup or restore point it works on
  std::string target;      // what it locks: at most one active task per target; empty = nothing
  double percent = 0;
  std::string step;  // the one that runs
  std::optional<double> eta_seconds;
  std::vector<TaskStep> steps;
  std::string error_code;
  std::string error_message;
  std::string error_hint;
  std::string error_step;
  int attempts = 0;
  bool cancel_requested = false;
  std::optional<Instant> run_at;
  Instant created_at;
  std::optional<Instant> started_at;
  std::optional<Instant> completed_at;
};

// One numbered thing that happened. `seq` grows over all tasks of the catalog; a stream that starts
// behind a seq misses nothing.
struct TaskEvent {
  std::int64_t seq = 0;
  TaskId task_id;
  ProjectId project_id;
  std::string type;  // "task.progress", "task.step", "task.log", "task.completed", "task.failed", …
  std::string data;  // JSON object
  Instant at;
};

[[nodiscard]] std::string_view NameOf(TaskKind kind);
[[nodiscard]] std::string_view NameOf(TaskStatus status);
[[nodiscard]] std::string_view NameOf(StepState state);
[[nodiscard]] std::optional<TaskKind> ParseTaskKind(std::string_view text);
[[nodiscard]] std::optional<TaskStatus> ParseTaskStatus(std::string_view text);
[[nodiscard]] std::optional<StepState> ParseStepState(std::string_view text);

[[nodiscard]] inline bool HasEnded(TaskStatus status) {
  return status == TaskStatus::kCompleted || status == TaskStatus::kFailed ||
         status == TaskStatus::kCancelled;
}

}  // namespace reprise::domain
