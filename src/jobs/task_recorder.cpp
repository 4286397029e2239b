#include "jobs/task_recorder.hpp"

#include <boost/json/object.hpp>
#include <exception>

#include "base/log.hpp"

namespace reprise::jobs {
namespace {

using domain::StepState;

class RecordedStepRun final : public StepRun {
 public:
  RecordedStepRun(TaskRecorder& recorder, std::size_t step, TaskRecorder::Direction direction)
      : recorder_(recorder), step_(step), direction_(direction) {}

  void Progress(double fraction, std::string detail) override {
    if (direction_ == TaskRecorder::Direction::kBack) return;
    recorder_.Progress(step_, fraction, std::move(detail));
  }
  void Log(std::string line) override { recorder_.Tell("task.log", Name(), std::move(line)); }
  void Warn(std::string line) override { recorder_.Tell("task.warning", Name(), std::move(line)); }

  Status Save(std::string_view key, boost::json::value value) override {
    if (unread_) {
      return Fail(ErrorCode::kUnavailable,
                  "the journal did not answer: this attempt writes down no more facts");
    }
    Status status = Parts().journal.Save(Parts().claim, key, value);
    recorder_.Wrote(status);
    return status;
  }
  std::optional<boost::json::value> Saved(std::string_view key) const override {
    auto value = Parts().journal.Saved(Parts().claim.task.id, key);
    if (value) return *std::move(value);
    // To go on as if nothing had been saved could do a thing twice, or replace what was.
    unread_ = true;
    Parts().halt.RequestAfter(value.error());
    return std::nullopt;
  }
  Status CheckOwner() override {
    const Result<bool> owned = Parts().journal.Heartbeat(Parts().claim, Parts().lease);
    if (owned) return Parts().halt.context().Check();
    Parts().halt.RequestAfter(owned.error());
    return Fail(owned.error());
  }
  std::int64_t epoch() const override { return Parts().claim.epoch; }

 private:
  [[nodiscard]] const TaskRecorder::Parts& Parts() const { return recorder_.parts(); }
  [[nodiscard]] std::string_view Name() const { return Parts().plan[step_].step->name(); }

  TaskRecorder& recorder_;
  std::size_t step_;
  TaskRecorder::Direction direction_;
  mutable std::atomic<bool> unread_ = false;  // a fact could not be read
};

}  // namespace

bool TaskRecorder::StepIs(std::size_t step, StepState state, const std::string& error) {
  const std::string_view name = parts_.plan[step].step->name();
  const std::scoped_lock lock(mutex_);
  if (state == StepState::kRunning) parts_.board.Begin(step);
  if (state == StepState::kDone && !WriteProgress(parts_.board.Finish(step))) return false;
  if (!Wrote(parts_.journal.SetStep(parts_.claim, name, state, error))) return false;
  try {
    parts_.workflow.StepChanged(name, state);
  } catch (const std::exception& e) {
    log::Failure(
        "task.step_changed.failed",
        {{"task", parts_.claim.task.id.value}, {"step", std::string(name)}, {"error", e.what()}});
  }
  return true;
}

bool TaskRecorder::Wrote(const Status& status) {
  if (status) return true;
  log::Failure("task.journal.failed",
               {{"task", parts_.claim.task.id.value}, {"error", status.error().Sentence()}});
  parts_.halt.RequestAfter(status.error());
  return false;
}

std::unique_ptr<StepRun> TaskRecorder::RunOf(std::size_t step, Direction direction) {
  return std::make_unique<RecordedStepRun>(*this, step, direction);
}

void TaskRecorder::Progress(std::size_t step, double fraction, std::string detail) {
  parts_.board.Report(step, fraction, std::move(detail));
  FlushProgress();
}

void TaskRecorder::FlushProgress() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  const std::optional<ProgressReport> report = parts_.board.TakeDue();
  if (report) WriteProgress(*report);
}

bool TaskRecorder::WriteProgress(const ProgressReport& report) {
  return Wrote(parts_.journal.SetProgress(parts_.claim, parts_.plan[report.step].step->name(),
                                          report.step_percent, report.detail, report.task_percent,
                                          report.eta_seconds));
}

void TaskRecorder::Tell(std::string_view type, std::string_view step, std::string line) {
  Wrote(
      parts_.journal.AppendEvent(parts_.claim, type, {{"step", step}, {"line", std::move(line)}}));
}

}  // namespace reprise::jobs
