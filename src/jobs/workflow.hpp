#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.hpp"
#include "base/error.hpp"
#include "domain/task.hpp"

namespace reprise::jobs {

// What a step gets to speak with the journal. Thread-safe. Every write carries the worker's epoch:
// a worker that has lost the task gets kLeaseLost and must stop before it touches anything more.
class StepRun {
 public:
  virtual ~StepRun() = default;
  // Fraction done, 0 to 1, and a few words ("412 of 1,290 files"). Cheap: written at most twice a
  // second.
  virtual void Progress(double fraction, std::string detail) = 0;
  // A line for the task's log.
  virtual void Log(std::string line) = 0;
  // Adds a warning to the task's events ("task.warning").
  virtual void Warn(std::string line) = 0;
  // Durable facts of this task, shared by its steps and kept over restarts. Read sees earlier
  // writes, also of former attempts.
  [[nodiscard]] virtual Status Save(std::string_view key, boost::json::value value) = 0;
  [[nodiscard]] virtual std::optional<boost::json::value> Saved(std::string_view key) const = 0;
  // That this worker still owns the task, asked of the database just now. Called before each act
  // that cannot be repeated.
  [[nodiscard]] virtual Status CheckOwner() = 0;
  [[nodiscard]] virtual std::int64_t epoch() const = 0;
};

// One step of a workflow. Run may be called again after a crash: it looks at the world first, then
// acts. Undo takes back whatever Run may have done, also half of it, and is ok when there is
// nothing.
class Step {
 public:
  virtual ~Step() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Names of the steps that must be done first. Steps whose predecessors are done run side by side.
  [[nodiscard]] virtual std::vector<std::string_view> after() const = 0;
  // Share of the task's percent that this step stands for; the worker scales the sum to 100.
  [[nodiscard]] virtual double weight() const = 0;
  // False from the point on where a cancel comes too late: it is then ignored until the end.
  [[nodiscard]] virtual bool cancellable() const { return true; }
  // True where a step that is not taken back leaves down what serves: it is tried for much longer,
  // through an engine's or a database's restart.
  [[nodiscard]] virtual bool must_be_undone() const { return false; }
  [[nodiscard]] virtual Status Run(const Context& ctx, StepRun& run) = 0;
  [[nodiscard]] virtual Status Undo(const Context& ctx, StepRun& run) = 0;
};

struct Failure {
  Error error;
  std::string step;
};

// A task's plan and what its start and end mean for the rest of the catalog. Made anew for each
// claim; steps may borrow from it.
class Workflow {
 public:
  virtual ~Workflow() = default;
  // In the order in which they are told; each name once. Stable for a task over restarts.
  [[nodiscard]] virtual const std::vector<std::unique_ptr<Step>>& steps() const = 0;
  // The state of a step has changed: mirror it where it belongs (a restore point's status). Called
  // after the journal has it, from any of the task's threads, one at a time.
  virtual void StepChanged(std::string_view step, domain::StepState state) = 0;
  // The end, after all undoing: `failure` is empty on success, kCancelled when cancelled. Called
  // again after a crash in it, so it must be repeatable; a failure is logged and retried.
  [[nodiscard]] virtual Status Ended(const Context& ctx, const std::optional<Failure>& failure) = 0;
};

using SecondsByStep = std::map<std::string, double>;

// Makes the workflow of a task.
class WorkflowFactory {
 public:
  virtual ~WorkflowFactory() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<Workflow>> Make(const domain::Task& task) = 0;
  // How long its steps should take by what was measured here; what is not known is missing.
  [[nodiscard]] virtual SecondsByStep Expect(const domain::Task&) { return {}; }
};

}  // namespace reprise::jobs
