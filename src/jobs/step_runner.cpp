#include "jobs/step_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace reprise::jobs {
namespace {

using domain::StepState;

bool IsWhole(StepState state) { return state == StepState::kDone || state == StepState::kSkipped; }

// Also a failed one: it may have done half of what cannot be cancelled.
bool HasBegun(StepState state) {
  return state == StepState::kRunning || state == StepState::kDone || state == StepState::kFailed;
}

Status RunGuarded(Step& step, const Context& ctx, StepRun& run) {
  try {
    return step.Run(ctx, run);
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInternal, fmt::format("step {} broke: {}", step.name(), e.what()));
  } catch (...) {
    return Fail(ErrorCode::kInternal, fmt::format("step {} broke", step.name()));
  }
}

}  // namespace

StepRunner::StepRunner(TaskRecorder& recorder, std::vector<StepState> states)
    : recorder_(recorder),
      plan_(recorder.parts().plan),
      halt_(recorder.parts().halt),
      states_(std::move(states)),
      started_(plan_.size(), false) {
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    if (HasBegun(states_[i]) && !plan_[i].step->cancellable()) past_return_ = true;
  }
}

StepRunner::End StepRunner::Run() {
  const std::stop_callback on_halt(halt_.context().stop(), [this] { stop_.request_stop(); });
  TaskGroup group(Context(stop_.get_token()));
  while (StartReady(group)) {
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [&] { return looked_ < settlements_; });
  }
  // The steps' failures are kept in failure_; the group's own first one adds nothing.
  static_cast<void>(group.Join());
  if (halt_.Requested()) return End::kHalted;
  const std::scoped_lock lock(mutex_);
  if (std::all_of(states_.begin(), states_.end(), IsWhole)) return End::kDone;
  if (cancelled_) failure_ = Failure{{ErrorCode::kCancelled, "cancelled on request"}, ""};
  if (!failure_) failure_ = Failure{{ErrorCode::kInternal, "no step could be started"}, ""};
  return End::kFailed;
}

void StepRunner::Cancel() {
  bool too_late = false;
  {
    const std::scoped_lock lock(mutex_);
    if (cancelled_ || told_too_late_) return;
    too_late = past_return_;
    (too_late ? told_too_late_ : cancelled_) = true;
  }
  if (too_late) {
    recorder_.Tell("task.log", "", "the cancel came too late: the task goes on to its end");
  } else {
    stop_.request_stop();
  }
}

bool StepRunner::StartReady(TaskGroup& group) {
  const std::scoped_lock lock(mutex_);
  looked_ = settlements_;
  for (std::size_t i = 0; i < plan_.size() && !stop_.stop_requested(); ++i) {
    if (!IsReady(i)) continue;
    // Under the same lock as Cancel: either the cancel is first, or it comes too late.
    if (!plan_[i].step->cancellable()) past_return_ = true;
    started_[i] = true;
    ++running_;
    group.Spawn([this, i](const Context& ctx) { return RunStep(i, ctx); });
  }
  return running_ > 0;
}

bool StepRunner::IsReady(std::size_t step) const {
  if (started_[step] || IsWhole(states_[step]) || cancelled_ || failure_) return false;
  return std::all_of(plan_[step].after.begin(), plan_[step].after.end(),
                     [&](std::size_t before) { return IsWhole(states_[before]); });
}

Status StepRunner::RunStep(std::size_t step, const Context& ctx) {
  Status status = Fail(ErrorCode::kCancelled, "the journal did not take the step's begin");
  if (recorder_.StepIs(step, StepState::kRunning)) {
    const auto run = recorder_.RunOf(step, TaskRecorder::Direction::kForward);
    status = RunGuarded(*plan_[step].step, ctx, *run);
  }
  Settle(step, status);
  return status;
}

void StepRunner::Settle(std::size_t step, const Status& status) {
  const bool done = status && recorder_.StepIs(step, StepState::kDone);
  if (!status) KeepFailure(step, status.error());
  const std::scoped_lock lock(mutex_);
  if (done) states_[step] = StepState::kDone;
  --running_;
  ++settlements_;
  settled_.notify_all();
}

void StepRunner::KeepFailure(std::size_t step, const Error& error) {
  if (error.code == ErrorCode::kLeaseLost) halt_.Request(HaltReason::kLeaseLost);
  // What an interrupted step answers says nothing about it: it is run again.
  if (halt_.Requested()) return;
  bool is_first = false;
  {
    const std::scoped_lock lock(mutex_);
    is_first = !failure_ && !cancelled_;
    if (is_first) {
      failure_ = Failure{error, std::string(plan_[step].step->name())};
      if (error.code == ErrorCode::kCancelled) {
        failure_->error.code = ErrorCode::kInternal;
        failure_->error.message = fmt::format("step {} stopped without being asked to: {}",
                                              plan_[step].step->name(), error.message);
      }
    }
  }
  stop_.request_stop();
  if (is_first || error.code == ErrorCode::kCancelled) return;
  static_cast<void>(recorder_.StepIs(step, StepState::kFailed, error.Sentence()));
}

}  // namespace reprise::jobs
