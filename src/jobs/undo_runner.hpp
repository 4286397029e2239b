#pragma once

#include <chrono>
#include <vector>

#include "domain/task.hpp"
#include "jobs/task_recorder.hpp"

namespace reprise::jobs {

struct UndoOptions {
  int attempts = 5;
  int attempts_where_it_must_be = 60;     // of a step that must be undone
  std::chrono::milliseconds pause{1000};  // before the second; doubles, up to half a minute
};

// Takes back, last step first, whatever has begun. A step that cannot be taken back is written down
// as left behind and the rest goes on. False when the run was halted.
[[nodiscard]] bool UndoSteps(TaskRecorder& recorder, const std::vector<domain::StepState>& states,
                             const UndoOptions& options);

// The pause after the given number of failed attempts at what need not be undone.
[[nodiscard]] std::chrono::milliseconds PauseAfter(int attempts, const UndoOptions& options);

}  // namespace reprise::jobs
