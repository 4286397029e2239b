#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>

#include "jobs/halt.hpp"
#include "jobs/journal.hpp"
#include "jobs/plan.hpp"
#include "jobs/progress_board.hpp"
#include "jobs/workflow.hpp"

namespace reprise::jobs {

// Writes down what happens in one run of a task, and tells the workflow. A write that fails halts
// the run: nothing may happen that the journal does not know. Thread-safe.
class TaskRecorder {
 public:
  struct Parts {
    Journal& journal;
    const Claim& claim;
    std::chrono::seconds lease;
    Workflow& workflow;
    const Plan& plan;
    ProgressBoard& board;
    Halt& halt;
  };
  explicit TaskRecorder(Parts parts) : parts_(parts) {}

  // False when the journal did not take it.
  [[nodiscard]] bool StepIs(std::size_t step, domain::StepState state,
                            const std::string& error = {});
  // Halts the run when `status` is a failure; whether it was ok.
  bool Wrote(const Status& status);

  // The StepRun of a step going forward, or being taken back (its progress then does not count).
  enum class Direction { kForward, kBack };
  [[nodiscard]] std::unique_ptr<StepRun> RunOf(std::size_t step, Direction direction);

  void Progress(std::size_t step, double fraction, std::string detail);
  // Writes the progress that waits, when it is time. Never blocks on another writer.
  void FlushProgress();
  void Tell(std::string_view type, std::string_view step, std::string line);
  [[nodiscard]] const Parts& parts() const { return parts_; }

 private:
  bool WriteProgress(const ProgressReport& report);
  Parts parts_;
  std::mutex
      mutex_;  // keeps steps' states and progress in one order, and StepChanged one at a time
};

}  // namespace reprise::jobs
