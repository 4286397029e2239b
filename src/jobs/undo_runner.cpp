#include "jobs/undo_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace reprise::jobs {
namespace {

using domain::StepState;
using std::chrono::milliseconds;

constexpr milliseconds kLongestPause{30'000};
constexpr milliseconds kLongestPauseWhileDown{10'000};
// From here on even what must be undone is tried as often as anything else: each attempt at it may
// take long, and others wait for its target.
constexpr std::chrono::minutes kLongestOutage{15};

// What waiting does not bring back, when it is said again and again: in the middle of a restart an
// engine may say it of what is about to stand again.
bool SeemsForGood(ErrorCode code) {
  return code == ErrorCode::kContainerMissing || code == ErrorCode::kNotFound ||
         code == ErrorCode::kConflict;
}

Status UndoGuarded(Step& step, const Context& ctx, StepRun& run) {
  try {
    return step.Undo(ctx, run);
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInternal,
                fmt::format("taking back {} broke: {}", step.name(), e.what()));
  } catch (...) {
    return Fail(ErrorCode::kInternal, fmt::format("taking back {} broke", step.name()));
  }
}

bool HasSomethingToUndo(StepState state) {
  return state == StepState::kRunning || state == StepState::kDone || state == StepState::kFailed;
}

// The last attempt's answer.
Status UndoWithRetries(TaskRecorder& recorder, std::size_t index, const UndoOptions& options) {
  const TaskRecorder::Parts& parts = recorder.parts();
  Step& step = *parts.plan[index].step;
  const Context ctx = parts.halt.context();
  const auto run = recorder.RunOf(index, TaskRecorder::Direction::kBack);
  const auto begun = std::chrono::steady_clock::now();
  int in_vain = 0;
  for (int attempt = 1;; ++attempt) {
    Status status = UndoGuarded(step, ctx, *run);
    if (status || parts.halt.Requested()) return status;
    if (status.error().code == ErrorCode::kLeaseLost) {
      parts.halt.Request(HaltReason::kLeaseLost);
      return status;
    }
    in_vain = SeemsForGood(status.error().code) ? in_vain + 1 : 0;
    const bool is_vital = step.must_be_undone() && in_vain < options.attempts &&
                          std::chrono::steady_clock::now() - begun < kLongestOutage;
    const int most = is_vital ? options.attempts_where_it_must_be : options.attempts;
    if (attempt >= most) return status;
    recorder.Tell("task.log", step.name(),
                  fmt::format("taking back failed, attempt {} of {}: {}", attempt, most,
                              status.error().Sentence()));
    const milliseconds pause = PauseAfter(attempt, options);
    RETURN_IF_ERROR(ctx.Sleep(is_vital ? std::min(pause, kLongestPauseWhileDown) : pause));
  }
}

}  // namespace

milliseconds PauseAfter(int attempts, const UndoOptions& options) {
  milliseconds pause = options.pause;
  for (int i = 1; i < attempts && pause < kLongestPause; ++i) pause *= 2;
  return std::min(pause, kLongestPause);
}

bool UndoSteps(TaskRecorder& recorder, const std::vector<StepState>& states,
               const UndoOptions& options) {
  const TaskRecorder::Parts& parts = recorder.parts();
  for (std::size_t i = states.size(); i-- > 0;) {
    if (!HasSomethingToUndo(states[i])) continue;
    const Status status = UndoWithRetries(recorder, i, options);
    if (parts.halt.Requested()) return false;
    const bool written = status ? recorder.StepIs(i, StepState::kUndone)
                                : recorder.Wrote(parts.journal.NoteLeftBehind(
                                      parts.claim, parts.plan[i].step->name(), status.error()));
    if (!written) return false;
  }
  return !parts.halt.Requested();
}

}  // namespace reprise::jobs
