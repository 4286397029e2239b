#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "base/clock.hpp"
#include "jobs/halt.hpp"
#include "jobs/journal.hpp"
#include "jobs/undo_runner.hpp"
#include "jobs/worker.hpp"
#include "jobs/workflow.hpp"

namespace reprise::jobs {

// One claim's run of its task, from where the journal says it stands to its end, or until it is
// halted.
class TaskRun {
 public:
  struct Parts {
    Journal& journal;
    WorkflowFactory& factory;
    const Clock& clock;
    const WorkerOptions& options;
  };
  // `asked_before`: Journal::Asked() from before the claim, so that no cancel is missed.
  TaskRun(Parts parts, Claim claim, std::uint64_t asked_before);

  // Blocks. Afterwards the task has ended, or was given back (kShutdown, kJournalFailed), or
  // belongs to another worker (kLeaseLost).
  [[nodiscard]] HaltReason Execute(const std::stop_token& shutdown);

 private:
  void Perform();
  void RunPlanned(Workflow& workflow, const Plan& plan);
  // Ends a task that has no workflow to run or to tell.
  void EndUnrunnable(const Error& error);
  // Tells the workflow, then the journal.
  void Finish(Workflow& workflow, const std::optional<Failure>& failure);
  // False when halted before the workflow could be told.
  [[nodiscard]] bool TellWorkflow(Workflow& workflow, const std::optional<Failure>& failure);
  // The task as the journal has it now; halts when it cannot be read.
  [[nodiscard]] std::optional<domain::Task> Reread();
  // Halts on a failure; whether it was ok.
  bool Wrote(const Status& status);
  void TellLost() const;

  Parts parts_;
  Claim claim_;
  std::uint64_t asked_before_;
  UndoOptions undo_;
  std::optional<Halt> halt_;
};

}  // namespace reprise::jobs
