#include "jobs/worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "jobs/testing/fake_workflow.hpp"
#include "jobs/testing/journal_bench.hpp"

namespace reprise::jobs {
namespace {

using domain::StepState;
using domain::TaskStatus;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeStepSpec;
using testing::FakeWorld;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::QuickWorker;
using ::testing::UnorderedElementsAre;

constexpr std::chrono::seconds kLease{30};

class WorkerTest : public ::testing::Test {
 protected:
  // Runs one task of these steps to its end.
  domain::Task RunToEnd(const std::vector<FakeStepSpec>& specs) {
    testing::FakeFactory factory(specs, world_);
    const domain::Task task = bench_.Submit("target");
    testing::RunningWorker worker(bench_.journal(), factory, bench_.clock(), QuickWorker());
    domain::Task ended = bench_.AwaitEnd(task.id);
    worker.Stop();
    return ended;
  }
  static std::map<std::string, StepState> StatesOf(const domain::Task& task) {
    std::map<std::string, StepState> states;
    for (const domain::TaskStep& step : task.steps) states[step.name] = step.state;
    return states;
  }
  // A step that waits to be stopped.
  static FakeStepSpec Endless(std::string name, std::vector<std::string> after = {}) {
    FakeStepSpec spec{std::move(name), std::move(after)};
    spec.run = [name = spec.name](const Context& ctx, StepRun&, FakeWorld& world) -> Status {
      RETURN_IF_ERROR(world.Do(name));
      world.Await(ctx, "never");
      return ctx.Check();
    };
    return spec;
  }
  static FakeStepSpec Failing(std::string name, std::vector<std::string> after = {}) {
    FakeStepSpec spec{std::move(name), std::move(after)};
    spec.run = [name = spec.name](const Context&, StepRun&, FakeWorld& world) -> Status {
      RETURN_IF_ERROR(world.Do(name));
      return Fail(ErrorCode::kLoadFailed, "relation res_users is broken", "look at the dump");
    };
    return spec;
  }

  FakeWorld world_;
  testing::JournalBench bench_;
};

TEST_F(WorkerTest, RunsStepsInTheirOrderAndCompletes) {
  const domain::Task task = RunToEnd({{"a", {}}, {"b", {"a"}}, {"c", {"b"}}});

  EXPECT_EQ(task.status, TaskStatus::kCompleted);
  EXPECT_EQ(task.percent, 100);
  EXPECT_EQ(task.attempts, 1);
  EXPECT_EQ(task.step, "");
  EXPECT_EQ(task.error_code, "");
  EXPECT_THAT(world_.happened(),
              ElementsAre("a is running", "do a", "a is done", "b is running", "do b", "b is done",
                          "c is running", "do c", "c is done", "ended"));
  EXPECT_THAT(bench_.EventTypes(),
              ElementsAre("task.queued", "task.started", "task.step", "task.step", "task.step",
                          "task.step", "task.step", "task.step", "task.completed"));
}

TEST_F(WorkerTest, RunsIndependentStepsSideBySide) {
  const auto meet = [](std::string mine, std::string other) {
    FakeStepSpec spec{mine, {}};
    spec.run = [mine, other](const Context& ctx, StepRun&, FakeWorld& world) -> Status {
      RETURN_IF_ERROR(world.Do(mine));
      world.Await(ctx, "do " + other);
      return ctx.Check();
    };
    return spec;
  };

  const domain::Task task = RunToEnd({meet("a", "b"), meet("b", "a"), {"join", {"a", "b"}}});

  EXPECT_EQ(task.status, TaskStatus::kCompleted);
}

TEST_F(WorkerTest, FailureStopsTheOthersAndTakesAllBackInReverse) {
  FakeStepSpec failing = Failing("b", {"a"});
  failing.run = [inner = failing.run](const Context& ctx, StepRun& run, FakeWorld& world) {
    world.Await("do beside");
    return inner(ctx, run, world);
  };

  const domain::Task task = RunToEnd({{"a", {}}, Endless("beside"), failing, {"c", {"b"}}});

  EXPECT_EQ(task.status, TaskStatus::kFailed);
  EXPECT_EQ(task.error_code, "load_failed");
  EXPECT_EQ(task.error_message, "relation res_users is broken");
  EXPECT_EQ(task.error_hint, "look at the dump");
  EXPECT_EQ(task.error_step, "b");
  EXPECT_THAT(world_.applied(), IsEmpty());
  EXPECT_EQ(world_.RunsOf("c"), 0);
  EXPECT_EQ(StatesOf(task), (std::map<std::string, StepState>{{"a", StepState::kUndone},
                                                              {"b", StepState::kUndone},
                                                              {"beside", StepState::kUndone},
                                                              {"c", StepState::kPending}}));
  std::vector<std::string> undone;
  for (const std::string& what : world_.happened()) {
    if (what.starts_with("undo")) undone.push_back(what);
  }
  EXPECT_THAT(undone, ElementsAre("undo b", "undo beside", "undo a"));
  EXPECT_EQ(world_.happened().back(), "failed load_failed b");
}

}  // namespace
}  // namespace reprise::jobs
