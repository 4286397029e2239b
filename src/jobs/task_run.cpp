#include "jobs/task_run.hpp"

#include <fmt/format.h>

#include <exception>

#include "base/log.hpp"
#include "jobs/lease_keeper.hpp"
#include "jobs/plan.hpp"
#include "jobs/progress_board.hpp"
#include "jobs/step_runner.hpp"
#include "jobs/task_recorder.hpp"

namespace reprise::jobs {
namespace {

using domain::StepState;

// kPending for all when the task is new: its steps were declared just now.
std::vector<StepState> StatesOf(const domain::Task& task, const Plan& plan) {
  std::vector<StepState> states(plan.size(), StepState::kPending);
  for (std::size_t i = 0; i < task.steps.size() && i < states.size(); ++i) {
    states[i] = task.steps[i].state;
  }
  return states;
}

std::vector<ProgressBoard::Share> SharesOf(const Plan& plan, const std::vector<StepState>& states,
                                           const SecondsByStep& expected) {
  std::vector<ProgressBoard::Share> shares;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto known = expected.find(std::string(plan[i].step->name()));
    shares.push_back(
        {plan[i].step->weight(), states[i] == StepState::kDone || states[i] == StepState::kSkipped,
         plan[i].after, known == expected.end() ? std::nullopt : std::optional(known->second)});
  }
  return shares;
}

// Read back from the journal, so that it is the same before and after a crash.
Failure FailureOf(const domain::Task& task) {
  return {{ErrorCodeFromName(task.error_code), task.error_message, task.error_hint},
          task.error_step};
}

Result<std::unique_ptr<Workflow>> MakeGuarded(WorkflowFactory& factory, const domain::Task& task) {
  try {
    return factory.Make(task);
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInternal, fmt::format("the task cannot be planned: {}", e.what()));
  }
}

// An estimate is no reason to stop: without history it is unknown.
SecondsByStep ExpectGuarded(WorkflowFactory& factory, const domain::Task& task) {
  try {
    return factory.Expect(task);
  } catch (const std::exception& e) {
    log::Warning("task.expect.failed", {{"task", task.id.value}, {"error", e.what()}});
    return {};
  }
}

// Whether the same call may be answered the next time.
bool MayPass(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout || code == ErrorCode::kIo ||
         code == ErrorCode::kStorageFailed || code == ErrorCode::kEngineUnavailable;
}

Status EndedGuarded(Workflow& workflow, const Context& ctx, const std::optional<Failure>& failure) {
  try {
    return workflow.Ended(ctx, failure);
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInternal, e.what());
  }
}

}  // namespace

TaskRun::TaskRun(Parts parts, Claim claim, std::uint64_t asked_before)
    : parts_(parts),
      claim_(std::move(claim)),
      asked_before_(asked_before),
      undo_{parts.options.undo_attempts, parts.options.vital_undo_attempts,
            parts.options.undo_pause} {}

HaltReason TaskRun::Execute(const std::stop_token& shutdown) {
  halt_.emplace(shutdown);
  Perform();
  const HaltReason reason = halt_->reason();
  if (reason == HaltReason::kShutdown || reason == HaltReason::kJournalFailed) {
    const Status released = parts_.journal.Release(claim_);
    if (released) return reason;
    if (released.error().code != ErrorCode::kLeaseLost) {
      log::Warning("task.release.failed",
                   {{"task", claim_.task.id.value}, {"error", released.error().Sentence()}});
    } else if (reason == HaltReason::kJournalFailed) {
      TellLost();
    }
    // Else the program stops, and there is nothing to give back: it has just ended, as a rule.
  } else if (reason == HaltReason::kLeaseLost) {
    TellLost();
  }
  return reason;
}

// Once, whichever write, or none, was the first to meet it.
void TaskRun::TellLost() const {
  log::Warning("task.lost", {{"task", claim_.task.id.value},
                             {"worker", claim_.owner},
                             {"epoch", std::to_string(claim_.epoch)},
                             {"reason", "another worker has it, or it has ended"}});
}

void TaskRun::Perform() {
  const auto workflow = MakeGuarded(parts_.factory, claim_.task);
  if (!workflow) {
    // Nothing can be said of what was begun: an end now would leave it as it stands.
    if (MayPass(workflow.error().code)) return halt_->Request(HaltReason::kJournalFailed);
    return EndUnrunnable(workflow.error());
  }
  const Result<Plan> plan = MakePlan(**workflow);
  if (!plan) return EndUnrunnable(plan.error());
  const Status declared = parts_.journal.DeclareSteps(claim_, NamesOf(*plan));
  if (!declared && declared.error().code == ErrorCode::kIncompatible) {
    return EndUnrunnable(declared.error());
  }
  if (Wrote(declared)) RunPlanned(**workflow, *plan);
}

void TaskRun::RunPlanned(Workflow& workflow, const Plan& plan) {
  const std::vector<StepState> states = StatesOf(claim_.task, plan);
  const SecondsByStep expected = ExpectGuarded(parts_.factory, claim_.task);
  // Reading what was measured may have taken a while; from here on the keeper counts.
  const Result<bool> held = parts_.journal.Heartbeat(claim_, parts_.options.lease);
  if (!Wrote(held ? Status() : Fail(held.error()))) return;
  ProgressBoard board(SharesOf(plan, states, expected), claim_.task.percent, parts_.clock);
  TaskRecorder recorder(
      {parts_.journal, claim_, parts_.options.lease, workflow, plan, board, *halt_});
  StepRunner runner(recorder, states);
  const LeaseKeeper keeper({parts_.journal, claim_, parts_.options.lease, asked_before_, *halt_,
                            [&] { runner.Cancel(); }, [&] { recorder.FlushProgress(); }});
  if (!claim_.compensating) {
    if (claim_.task.cancel_requested) runner.Cancel();
    const StepRunner::End end = runner.Run();
    if (end == StepRunner::End::kHalted) return;
    if (end == StepRunner::End::kDone) return Finish(workflow, std::nullopt);
    const Failure& failure = runner.failure();
    if (!Wrote(parts_.journal.BeginCompensation(claim_, failure.error, failure.step))) return;
  }
  const std::optional<domain::Task> failed = Reread();
  if (!failed || !UndoSteps(recorder, StatesOf(*failed, plan), undo_)) return;
  const std::optional<domain::Task> undone = Reread();
  if (undone) Finish(workflow, FailureOf(*undone));
}

void TaskRun::EndUnrunnable(const Error& error) {
  if (!Wrote(parts_.journal.BeginCompensation(claim_, error, ""))) return;
  Wrote(parts_.journal.End(claim_, domain::TaskStatus::kFailed));
}

void TaskRun::Finish(Workflow& workflow, const std::optional<Failure>& failure) {
  if (!TellWorkflow(workflow, failure)) return;
  const bool cancelled = failure && failure->error.code == ErrorCode::kCancelled;
  Wrote(parts_.journal.End(claim_, !failure    ? domain::TaskStatus::kCompleted
                                   : cancelled ? domain::TaskStatus::kCancelled
                                               : domain::TaskStatus::kFailed));
}

bool TaskRun::TellWorkflow(Workflow& workflow, const std::optional<Failure>& failure) {
  const Context ctx = halt_->context();
  for (int attempt = 1;; ++attempt) {
    const Status told = EndedGuarded(workflow, ctx, failure);
    if (told) return true;
    if (told.error().code == ErrorCode::kLeaseLost) halt_->Request(HaltReason::kLeaseLost);
    if (halt_->Requested()) return false;
    log::Failure("task.ended.failed",
                 {{"task", claim_.task.id.value}, {"error", told.error().Sentence()}});
    if (attempt >= undo_.attempts) {
      // Ending it all the same frees the target; otherwise nobody could ever restore there again.
      return Wrote(parts_.journal.AppendEvent(
          claim_, "task.warning",
          {{"line", fmt::format("its end could not be recorded: {}", told.error().Sentence())}}));
    }
    if (!ctx.Sleep(PauseAfter(attempt, undo_))) return false;
  }
}

std::optional<domain::Task> TaskRun::Reread() {
  Result<domain::Task> task = parts_.journal.Get(claim_.task.id);
  if (task) return *std::move(task);
  Wrote(Fail(task.error()));
  return std::nullopt;
}

bool TaskRun::Wrote(const Status& status) {
  if (status) return true;
  log::Failure("task.journal.failed",
               {{"task", claim_.task.id.value}, {"error", status.error().Sentence()}});
  halt_->RequestAfter(status.error());
  return false;
}

}  // namespace reprise::jobs
