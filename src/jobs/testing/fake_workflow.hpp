#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jobs/workflow.hpp"

namespace reprise::jobs::testing {

// What fake steps have done to the world, and what tests wait for. Thread-safe.
class FakeWorld {
 public:
  // Refused once the process is dead: whatever still runs then must leave no trace.
  Status Do(const std::string& step) {
    const std::scoped_lock lock(mutex_);
    if (dead_) return Fail(ErrorCode::kIo, "the process is dead");
    applied_.insert(step);
    ++runs_[step];
    happened_.push_back("do " + step);
    changed_.notify_all();
    return {};
  }
  Status TakeBack(const std::string& step) {
    const std::scoped_lock lock(mutex_);
    if (dead_) return Fail(ErrorCode::kIo, "the process is dead");
    applied_.erase(step);
    happened_.push_back("undo " + step);
    changed_.notify_all();
    return {};
  }
  void Note(const std::string& what) {
    const std::scoped_lock lock(mutex_);
    happened_.push_back(what);
    changed_.notify_all();
  }
  // Blocks until `what` has happened; a test that would wait for ever fails by its time limit.
  void Await(const std::string& what) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return Count(what) > 0; });
  }
  // The same, or until `ctx` is stopped: whether it happened.
  bool Await(const Context& ctx, const std::string& what) {
    std::unique_lock lock(mutex_);
    return changed_.wait(lock, ctx.stop(), [&] { return Count(what) > 0; });
  }
  void Die() {
    const std::scoped_lock lock(mutex_);
    dead_ = true;
  }
  void Revive() {
    const std::scoped_lock lock(mutex_);
    dead_ = false;
  }
  [[nodiscard]] std::set<std::string> applied() {
    const std::scoped_lock lock(mutex_);
    return applied_;
  }
  [[nodiscard]] int RunsOf(const std::string& step) {
    const std::scoped_lock lock(mutex_);
    return runs_[step];
  }
  [[nodiscard]] std::vector<std::string> happened() {
    const std::scoped_lock lock(mutex_);
    return happened_;
  }
  [[nodiscard]] int CountOf(const std::string& what) {
    const std::scoped_lock lock(mutex_);
    return Count(what);
  }

 private:
  [[nodiscard]] int Count(const std::string& what) const {
    int count = 0;
    for (const std::string& each : happened_) count += each == what ? 1 : 0;
    return count;
  }
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool dead_ = false;
  std::set<std::string> applied_;
  std::map<std::string, int> runs_;
  std::vector<std::string> happened_;
};

// What a test says of a step; the defaults do and take back an effect named after it.
struct FakeStepSpec {
  using Action = std::function<Status(const Context&, StepRun&, FakeWorld&)>;
  std::string name;
  std::vector<std::string> after;
  double weight = 1;
  bool cancellable = true;
  bool must_be_undone = false;
  Action run;
  Action undo;
};

class FakeStep final : public Step {
 public:
  FakeStep(FakeStepSpec spec, FakeWorld& world) : spec_(std::move(spec)), world_(world) {}
  std::string_view name() const override { return spec_.name; }
  std::vector<std::string_view> after() const override {
    return {spec_.after.begin(), spec_.after.end()};
  }
  double weight() const override { return spec_.weight; }
  bool cancellable() const override { return spec_.cancellable; }
  bool must_be_undone() const override { return spec_.must_be_undone; }
  Status Run(const Context& ctx, StepRun& run) override {
    if (spec_.run) return spec_.run(ctx, run, world_);
    RETURN_IF_ERROR(ctx.Check());
    return world_.Do(spec_.name);
  }
  Status Undo(const Context& ctx, StepRun& run) override {
    if (spec_.undo) return spec_.undo(ctx, run, world_);
    return world_.TakeBack(spec_.name);
  }

 private:
  FakeStepSpec spec_;
  FakeWorld& world_;
};

// Notes the end as "ended", "failed <code> <step>" and steps' states as "<step> is <state>".
class FakeWorkflow final : public Workflow {
 public:
  FakeWorkflow(const std::vector<FakeStepSpec>& specs, FakeWorld& world) : world_(world) {
    for (const FakeStepSpec& spec : specs) {
      steps_.push_back(std::make_unique<FakeStep>(spec, world));
    }
  }
  const std::vector<std::unique_ptr<Step>>& steps() const override { return steps_; }
  void StepChanged(std::string_view step, domain::StepState state) override {
    world_.Note(std::string(step) + " is " + std::string(domain::NameOf(state)));
  }
  Status Ended(const Context& /*ctx*/, const std::optional<Failure>& failure) override {
    world_.Note(failure ? "failed " + std::string(NameOf(failure->error.code)) + " " + failure->step
                        : "ended");
    return {};
  }

 private:
  std::vector<std::unique_ptr<Step>> steps_;
  FakeWorld& world_;
};

class FakeFactory final : public WorkflowFactory {
 public:
  FakeFactory(std::vector<FakeStepSpec> specs, FakeWorld& world)
      : specs_(std::move(specs)), world_(world) {}
  Result<std::unique_ptr<Workflow>> Make(const domain::Task& /*task*/) override {
    if (failure_) return Fail(*failure_);
    return std::make_unique<FakeWorkflow>(specs_, world_);
  }
  void FailWith(Error error) { failure_ = std::move(error); }

 private:
  std::vector<FakeStepSpec> specs_;
  FakeWorld& world_;
  std::optional<Error> failure_;
};

}  // namespace reprise::jobs::testing
