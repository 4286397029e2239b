#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "base/task_group.hpp"
#include "domain/task.hpp"
#include "jobs/task_recorder.hpp"

namespace reprise::jobs {

// Runs a plan's steps forward: each when its predecessors are done, side by side on threads. Skips
// those that are done.
class StepRunner {
 public:
  // `states` as the journal has them, in the plan's order.
  StepRunner(TaskRecorder& recorder, std::vector<domain::StepState> states);

  enum class End { kDone, kFailed, kHalted };
  // Blocks. On the first failure, a cancel or a halt the running steps are stopped and waited for.
  // Called once.
  [[nodiscard]] End Run();
  // What ended it: the first step that failed, or kCancelled. After Run has answered kFailed.
  [[nodiscard]] const Failure& failure() const { return *failure_; }

  // Asks for a stop on behalf of the user; without effect once a step has begun that cannot be
  // cancelled. From any thread, also before Run and more than once.
  void Cancel();

 private:
  // Starts what may start now; false when nothing runs any more.
  [[nodiscard]] bool StartReady(TaskGroup& group);
  [[nodiscard]] bool IsReady(std::size_t step) const;
  Status RunStep(std::size_t step, const Context& ctx);
  // Remembers a step's end; a failure stops the others.
  void Settle(std::size_t step, const Status& status);
  void KeepFailure(std::size_t step, const Error& error);

  TaskRecorder& recorder_;
  const Plan& plan_;
  Halt& halt_;
  std::stop_source stop_;
  std::mutex mutex_;  // over all below
  std::condition_variable settled_;
  std::vector<domain::StepState> states_;
  std::vector<bool> started_;
  int running_ = 0;
  int settlements_ = 0;       // steps that have ended in this run
  int looked_ = 0;            // settlements_ when StartReady last looked
  bool past_return_ = false;  // a step has begun that cannot be cancelled
  bool cancelled_ = false;
  bool told_too_late_ = false;
  std::optional<Failure> failure_;
};

}  // namespace reprise::jobs
