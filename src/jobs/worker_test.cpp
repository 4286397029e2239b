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

class WorkerTest : public ::testing::TestWithParam<testing::JournalBench::Kind> {
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
  testing::JournalBench bench_{GetParam()};
};

TEST_P(WorkerTest, RunsStepsInTheirOrderAndCompletes) {
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
              ElementsAre("task.queued", "task.started", "task.step", "task.progress", "task.step",
                          "task.step", "task.progress", "task.step", "task.step", "task.progress",
                          "task.step", "task.completed"));
}

TEST_P(WorkerTest, RunsIndependentStepsSideBySide) {
  const auto meet = [](const std::string& mine, const std::string& other) {
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

TEST_P(WorkerTest, FailureStopsTheOthersAndTakesAllBackInReverse) {
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

TEST_P(WorkerTest, ErrorsOfStoppedStepsAreNotTheCause) {
  FakeStepSpec beside{"beside", {}};
  beside.run = [](const Context& ctx, StepRun&, FakeWorld& world) -> Status {
    RETURN_IF_ERROR(world.Do("beside"));
    world.Await(ctx, "never");
    return Fail(ErrorCode::kStorageFailed, "connection torn by the stop");
  };
  FakeStepSpec failing = Failing("main");
  failing.run = [inner = failing.run](const Context& ctx, StepRun& run, FakeWorld& world) {
    world.Await("do beside");
    return inner(ctx, run, world);
  };

  const domain::Task task = RunToEnd({beside, failing});

  EXPECT_EQ(task.error_code, "load_failed");
  EXPECT_EQ(task.error_step, "main");
}

TEST_P(WorkerTest, ExceptionInAStepIsAnInternalErrorAndTakenBack) {
  FakeStepSpec broken{"a", {}};
  broken.run = [](const Context&, StepRun&, FakeWorld&) -> Status {
    throw std::runtime_error("bad variant access");
  };

  const domain::Task task = RunToEnd({broken});

  EXPECT_EQ(task.status, TaskStatus::kFailed);
  EXPECT_EQ(task.error_code, "internal");
  EXPECT_THAT(task.error_message, HasSubstr("bad variant access"));
  EXPECT_EQ(world_.CountOf("undo a"), 1);
}

TEST_P(WorkerTest, StepThatStopsUnaskedHasFailedNotBeenCancelled) {
  FakeStepSpec odd{"a", {}};
  odd.run = [](const Context&, StepRun&, FakeWorld&) -> Status {
    return Fail(ErrorCode::kCancelled, "cancelled");
  };

  const domain::Task task = RunToEnd({odd});

  EXPECT_EQ(task.status, TaskStatus::kFailed);
  EXPECT_EQ(task.error_code, "internal");
}

TEST_P(WorkerTest, UndoIsRetriedUntilItWorks) {
  FakeStepSpec stubborn{"a", {}};
  stubborn.undo = [](const Context&, StepRun&, FakeWorld& world) -> Status {
    world.Note("try");
    if (world.CountOf("try") < 3) return Fail(ErrorCode::kEngineUnavailable, "no engine");
    return world.TakeBack("a");
  };

  const domain::Task task = RunToEnd({stubborn, Failing("b", {"a"})});

  EXPECT_EQ(world_.CountOf("try"), 3);
  EXPECT_EQ(task.error_message, "relation res_users is broken");
  EXPECT_EQ(StatesOf(task)["a"], StepState::kUndone);
}

TEST_P(WorkerTest, WhatLeavesDownWhatServesIsTakenBackThroughALongerOutage) {
  FakeStepSpec swap{"a", {}};
  swap.must_be_undone = true;
  swap.undo = [](const Context&, StepRun&, FakeWorld& world) -> Status {
    world.Note("try");
    // What is about to stand again is said to be missing once.
    if (world.CountOf("try") == 3) return Fail(ErrorCode::kContainerMissing, "no such container");
    if (world.CountOf("try") < 5) return Fail(ErrorCode::kEngineUnavailable, "no engine");
    return world.TakeBack("a");
  };

  const domain::Task task = RunToEnd({swap, Failing("b", {"a"})});

  EXPECT_EQ(world_.CountOf("try"), 5);
  EXPECT_EQ(StatesOf(task)["a"], StepState::kUndone);
}

TEST_P(WorkerTest, WhatIsGoneForGoodIsNotWaitedFor) {
  FakeStepSpec swap{"a", {}};
  swap.must_be_undone = true;
  swap.undo = [](const Context&, StepRun&, FakeWorld& world) -> Status {
    world.Note("try");
    return Fail(ErrorCode::kContainerMissing, "there is no container shop_odoo");
  };

  const domain::Task task = RunToEnd({swap, Failing("b", {"a"})});

  EXPECT_EQ(world_.CountOf("try"), 3);
  EXPECT_EQ(StatesOf(task)["a"], StepState::kFailed);
}

TEST_P(WorkerTest, UndoThatNeverWorksIsToldAndTheRestGoesOn) {
  FakeStepSpec hopeless{"b", {"a"}};
  hopeless.undo = [](const Context&, StepRun&, FakeWorld& world) -> Status {
    world.Note("try");
    throw std::runtime_error("no engine");
  };

  const domain::Task task = RunToEnd({{"a", {}}, hopeless, Failing("c", {"b"})});

  EXPECT_EQ(world_.CountOf("try"), 3);
  EXPECT_EQ(task.status, TaskStatus::kFailed);
  EXPECT_EQ(task.error_code, "load_failed");
  EXPECT_THAT(task.error_message, HasSubstr("left behind: b"));
  EXPECT_THAT(task.error_message, HasSubstr("no engine"));
  EXPECT_EQ(StatesOf(task)["a"], StepState::kUndone);
  EXPECT_EQ(StatesOf(task)["b"], StepState::kFailed);
  EXPECT_THAT(world_.applied(), UnorderedElementsAre("b"));
  EXPECT_THAT(bench_.EventTypes(), Contains("task.warning"));
}

TEST_P(WorkerTest, TaskThatCannotBePlannedFails) {
  testing::FakeFactory factory({}, world_);
  factory.FailWith({ErrorCode::kNotFound, "there is no backup b1", "choose another"});
  const domain::Task task = bench_.Submit();
  const testing::RunningWorker worker(bench_.journal(), factory, bench_.clock(), QuickWorker());

  const domain::Task ended = bench_.AwaitEnd(task.id);

  EXPECT_EQ(ended.status, TaskStatus::kFailed);
  EXPECT_EQ(ended.error_code, "not_found");
  EXPECT_EQ(ended.error_message, "there is no backup b1");
}

TEST_P(WorkerTest, PlansThatCannotWorkFailBeforeTheyBegin) {
  EXPECT_THAT(RunToEnd({{"a", {"b"}}, {"b", {"a"}}}).error_message, HasSubstr("waits for itself"));
  EXPECT_THAT(RunToEnd({{"a", {"nobody"}}}).error_message, HasSubstr("nobody"));
  EXPECT_THAT(RunToEnd({{"a", {}}, {"a", {}}}).error_message, HasSubstr("two steps"));
  EXPECT_THAT(world_.happened(), IsEmpty());
}

TEST_P(WorkerTest, EmptyPlanCompletes) { EXPECT_EQ(RunToEnd({}).status, TaskStatus::kCompleted); }

TEST_P(WorkerTest, CancelStopsRunningStepsAtOnceAndTakesBack) {
  testing::FakeFactory factory({{"a", {}}, Endless("b", {"a"}), {"c", {"b"}}}, world_);
  const domain::Task task = bench_.Submit();
  const testing::RunningWorker worker(bench_.journal(), factory, bench_.clock(), QuickWorker());
  world_.Await("do b");
  const auto asked = std::chrono::steady_clock::now();

  ASSERT_TRUE(bench_.journal().RequestCancel(task.id));
  const domain::Task ended = bench_.AwaitEnd(task.id);

  // Far less than a third of the lease, which is what a heartbeat alone would take.
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(9));
  EXPECT_EQ(ended.status, TaskStatus::kCancelled);
  EXPECT_EQ(ended.error_code, "cancelled");
  EXPECT_THAT(world_.applied(), IsEmpty());
  EXPECT_EQ(world_.RunsOf("c"), 0);
  EXPECT_EQ(world_.happened().back(), "failed cancelled ");
  EXPECT_EQ(bench_.EventTypes().back(), "task.cancelled");
}

TEST_P(WorkerTest, CancelThatBreaksAStepIsStillACancel) {
  FakeStepSpec torn = Endless("a");
  torn.run = [](const Context& ctx, StepRun&, FakeWorld& world) -> Status {
    RETURN_IF_ERROR(world.Do("a"));
    world.Await(ctx, "never");
    return Fail(ErrorCode::kIo, "connection torn");
  };
  testing::FakeFactory factory({torn}, world_);
  const domain::Task task = bench_.Submit();
  const testing::RunningWorker worker(bench_.journal(), factory, bench_.clock(), QuickWorker());
  world_.Await("do a");

  ASSERT_TRUE(bench_.journal().RequestCancel(task.id));

  EXPECT_EQ(bench_.AwaitEnd(task.id).status, TaskStatus::kCancelled);
}

TEST_P(WorkerTest, CancelWhileAStepRunsThatCannotBeCancelledIsIgnoredToTheEnd) {
  FakeStepSpec swap{"swap", {}};
  swap.cancellable = false;
  swap.run = [](const Context& ctx, StepRun&, FakeWorld& world) -> Status {
    RETURN_IF_ERROR(world.Do("swap"));
    world.Await("go on");
    EXPECT_FALSE(ctx.Stopped());
    return {};
  };
  testing::FakeFactory factory({swap, {"verify", {"swap"}}}, world_);
  const domain::Task task = bench_.Submit();
  const testing::RunningWorker worker(bench_.journal(), factory, bench_.clock(), QuickWorker());
  world_.Await("do swap");
  ASSERT_TRUE(bench_.journal().RequestCancel(task.id));
  bench_.AwaitEvent("the cancel came too late");
  world_.Note("go on");

  const domain::Task ended = bench_.AwaitEnd(task.id);

  EXPECT_EQ(ended.status, TaskStatus::kCompleted);
  EXPECT_THAT(world_.applied(), UnorderedElementsAre("swap", "verify"));
}

TEST_P(WorkerTest, FailureAfterTheStepThatCannotBeCancelledIsTakenBack) {
  FakeStepSpec swap{"swap", {}};
  swap.cancellable = false;

  const domain::Task task = RunToEnd({swap, Failing("verify", {"swap"})});

  EXPECT_EQ(task.status, TaskStatus::kFailed);
  EXPECT_THAT(world_.applied(), IsEmpty());
}

TEST_P(WorkerTest, CancelAskedBeforeTheClaimTakesBackWhatWasDone) {
  testing::FakeFactory factory({{"a", {}}, {"b", {"a"}}}, world_);
  const domain::Task task = bench_.Submit();
  const Claim former = bench_.journal().ClaimNext("former", kLease).value().value();
  ASSERT_TRUE(bench_.journal().DeclareSteps(former, {"a", "b"}));
  ASSERT_TRUE(bench_.journal().SetStep(former, "a", StepState::kRunning, ""));
  ASSERT_TRUE(world_.Do("a"));
  ASSERT_TRUE(bench_.journal().SetStep(former, "a", StepState::kDone, ""));
  ASSERT_TRUE(bench_.journal().Release(former));
  ASSERT_TRUE(bench_.journal().RequestCancel(task.id));

  const testing::RunningWorker worker(bench_.journal(), factory, bench_.clock(), QuickWorker());
  const domain::Task ended = bench_.AwaitEnd(task.id);

  EXPECT_EQ(ended.status, TaskStatus::kCancelled);
  EXPECT_THAT(world_.applied(), IsEmpty());
  EXPECT_EQ(world_.RunsOf("b"), 0);
}

TEST_P(WorkerTest, StopInterruptsWithoutUndoAndTheNextWorkerGoesOnWhereItWas) {
  FakeStepSpec slow{"b", {"a"}};
  slow.run = [](const Context& ctx, StepRun&, FakeWorld& world) -> Status {
    RETURN_IF_ERROR(world.Do("b"));
    world.Await(ctx, "second time");
    return ctx.Check();
  };
  testing::FakeFactory factory({{"a", {}}, slow}, world_);
  const domain::Task task = bench_.Submit("target");
  WorkerOptions alone = QuickWorker("first");
  alone.parallel_tasks = 1;  // another of its loops might take it back just before its own end
  testing::RunningWorker first(bench_.journal(), factory, bench_.clock(), alone);
  world_.Await("do b");

  first.Stop();

  const domain::Task given_back = bench_.Get(task.id);
  EXPECT_EQ(given_back.status, TaskStatus::kQueued);
  EXPECT_EQ(given_back.error_code, "");
  EXPECT_THAT(world_.applied(), UnorderedElementsAre("a", "b"));
  world_.Note("second time");
  const testing::RunningWorker second(bench_.journal(), factory, bench_.clock(),
                                      QuickWorker("second"));
  const domain::Task ended = bench_.AwaitEnd(task.id);
  EXPECT_EQ(ended.status, TaskStatus::kCompleted);
  EXPECT_EQ(ended.attempts, 2);
  EXPECT_EQ(world_.RunsOf("a"), 1);
  EXPECT_EQ(world_.RunsOf("b"), 2);
}

TEST_P(WorkerTest, StopDuringUndoGoesOnUndoingInTheNextWorker) {
  FakeStepSpec held{"a", {}};
  held.undo = [](const Context& ctx, StepRun&, FakeWorld& world) -> Status {
    world.Note("undoing");
    world.Await(ctx, "let go");
    RETURN_IF_ERROR(ctx.Check());
    return world.TakeBack("a");
  };
  testing::FakeFactory factory({held, Failing("b", {"a"})}, world_);
  const domain::Task task = bench_.Submit();
  testing::RunningWorker first(bench_.journal(), factory, bench_.clock(), QuickWorker("first"));
  world_.Await("undoing");
  first.Stop();
  world_.Note("let go");

  const testing::RunningWorker second(bench_.journal(), factory, bench_.clock(),
                                      QuickWorker("second"));
  const domain::Task ended = bench_.AwaitEnd(task.id);

  EXPECT_EQ(ended.status, TaskStatus::kFailed);
  EXPECT_EQ(ended.error_code, "load_failed");
  EXPECT_EQ(ended.error_step, "b");
  EXPECT_EQ(world_.RunsOf("b"), 1);
  EXPECT_EQ(world_.happened().back(), "failed load_failed b");
}

TEST_P(WorkerTest, LostLeaseStopsAtOnceAndTouchesNothingMore) {
  FakeStepSpec paused{"a", {}};
  paused.run = [](const Context& ctx, StepRun& run, FakeWorld& world) -> Status {
    world.Note("waiting");
    world.Await("stolen");
    Status owner = run.CheckOwner();
    EXPECT_EQ(owner.error().code, ErrorCode::kLeaseLost);
    EXPECT_EQ(run.Save("k", 1).error().code, ErrorCode::kLeaseLost);
    EXPECT_TRUE(ctx.Stopped());
    return owner;
  };
  testing::FakeFactory factory({paused, {"b", {"a"}}}, world_);
  const domain::Task task = bench_.Submit();
  WorkerOptions alone = QuickWorker("zombie");
  alone.parallel_tasks = 1;  // a second one could take the task over before the owner does
  testing::RunningWorker zombie(bench_.journal(), factory, bench_.clock(), alone);
  world_.Await("waiting");
  bench_.clock().Advance(kLease + std::chrono::seconds(1));
  const Claim owner = bench_.AwaitClaim("owner", std::chrono::hours(1));
  const std::size_t events = bench_.Events().size();

  world_.Note("stolen");
  zombie.Stop();

  EXPECT_THAT(world_.happened(), ElementsAre("a is running", "waiting", "stolen"));
  EXPECT_EQ(bench_.Events().size(), events);
  EXPECT_EQ(bench_.Get(task.id).status, TaskStatus::kRunning);
  EXPECT_TRUE(bench_.journal().Heartbeat(owner, kLease));
}

TEST_P(WorkerTest, OtherPlanThanTheTaskWasBegunWithIsRefused) {
  testing::FakeFactory factory({{"a", {}}, {"new step", {}}}, world_);
  const domain::Task task = bench_.Submit();
  const Claim former = bench_.journal().ClaimNext("former", kLease).value().value();
  ASSERT_TRUE(bench_.journal().DeclareSteps(former, {"a", "b"}));
  ASSERT_TRUE(bench_.journal().Release(former));

  const testing::RunningWorker worker(bench_.journal(), factory, bench_.clock(), QuickWorker());
  const domain::Task ended = bench_.AwaitEnd(task.id);

  EXPECT_EQ(ended.status, TaskStatus::kFailed);
  EXPECT_EQ(ended.error_code, "incompatible");
  EXPECT_THAT(world_.happened(), IsEmpty());
}

TEST_P(WorkerTest, StepsShareDurableFactsAndTellTheirLog) {
  FakeStepSpec writer{"a", {}};
  writer.run = [](const Context&, StepRun& run, FakeWorld&) -> Status {
    EXPECT_EQ(run.Saved("side"), std::nullopt);
    run.Log("loading");
    run.Warn("2 attachments are missing");
    EXPECT_EQ(run.epoch(), 1);
    RETURN_IF_ERROR(run.CheckOwner());
    return run.Save("side", "shop__r7");
  };
  FakeStepSpec reader{"b", {"a"}};
  reader.run = [](const Context&, StepRun& run, FakeWorld&) -> Status {
    EXPECT_EQ(run.Saved("side"), boost::json::value("shop__r7"));
    return {};
  };

  EXPECT_EQ(RunToEnd({writer, reader}).status, TaskStatus::kCompleted);

  std::map<std::string, boost::json::object> by_type;
  for (const auto& event : bench_.Events()) {
    by_type[event.type] = boost::json::parse(event.data).as_object();
  }
  EXPECT_EQ(by_type["task.log"]["line"], "loading");
  EXPECT_EQ(by_type["task.log"]["step"], "a");
  EXPECT_EQ(by_type["task.warning"]["line"], "2 attachments are missing");
}

TEST_P(WorkerTest, ProgressIsWrittenAndNeverFalls) {
  FakeStepSpec busy{"a", {}, 3};
  busy.run = [this](const Context&, StepRun& run, FakeWorld&) -> Status {
    for (const double fraction : {0.1, 0.5, 0.3, 0.9}) {
      bench_.clock().Advance(std::chrono::seconds(1));
      run.Progress(fraction, std::to_string(fraction));
    }
    return {};
  };

  EXPECT_EQ(RunToEnd({busy, {"b", {"a"}}}).percent, 100);

  double last = 0;
  int reports = 0;
  for (const auto& event : bench_.Events()) {
    const double percent = boost::json::parse(event.data).at("percent").to_number<double>();
    EXPECT_GE(percent, last) << event.type;
    last = percent;
    reports += event.type == "task.progress" ? 1 : 0;
  }
  EXPECT_GE(reports, 3);
  EXPECT_EQ(last, 100);
}

TEST_P(WorkerTest, LastProgressOfAStepThatGoesQuietIsWrittenByTheKeeper) {
  FakeStepSpec quiet{"a", {}};
  quiet.run = [this](const Context& ctx, StepRun& run, FakeWorld& world) -> Status {
    run.Progress(0.1, "first");
    run.Progress(0.2, "held back");
    bench_.clock().Advance(std::chrono::seconds(1));
    world.Await(ctx, "seen");
    return ctx.Check();
  };
  testing::FakeFactory factory({quiet}, world_);
  const domain::Task task = bench_.Submit();
  const testing::RunningWorker worker(bench_.journal(), factory, bench_.clock(), QuickWorker());

  while (bench_.Get(task.id).steps.empty() ||
         bench_.Get(task.id).steps.at(0).detail != "held back") {
    bench_.journal().WaitForEvents(bench_.Events().back().seq, std::chrono::seconds(1));
  }
  world_.Note("seen");

  EXPECT_EQ(bench_.AwaitEnd(task.id).status, TaskStatus::kCompleted);
}

TEST_P(WorkerTest, RunsAsManyTasksSideBySideAsItMay) {
  FakeStepSpec meet{"meet", {}};
  meet.run = [](const Context& ctx, StepRun&, FakeWorld& world) -> Status {
    world.Note("here");
    while (world.CountOf("here") < 2 && !ctx.Stopped()) std::this_thread::yield();
    return ctx.Check();
  };
  testing::FakeFactory factory({meet}, world_);
  const domain::Task first = bench_.Submit();
  const domain::Task second = bench_.Submit();

  const testing::RunningWorker worker(bench_.journal(), factory, bench_.clock(), QuickWorker());

  EXPECT_EQ(bench_.AwaitEnd(first.id).status, TaskStatus::kCompleted);
  EXPECT_EQ(bench_.AwaitEnd(second.id).status, TaskStatus::kCompleted);
}

TEST_P(WorkerTest, SeveralWorkersRunNoTaskTwice) {
  constexpr int kTasks = 24;
  testing::FakeFactory factory({{"a", {}}, {"b", {"a"}}}, world_);
  std::vector<domain::TaskId> ids;
  {
    const testing::RunningWorker one(bench_.journal(), factory, bench_.clock(), QuickWorker("1"));
    const testing::RunningWorker two(bench_.journal(), factory, bench_.clock(), QuickWorker("2"));
    for (int i = 0; i < kTasks; ++i) ids.push_back(bench_.Submit().id);
    for (const domain::TaskId& id : ids) bench_.AwaitEnd(id);
  }

  EXPECT_EQ(world_.RunsOf("a"), kTasks);
  EXPECT_EQ(world_.RunsOf("b"), kTasks);
  for (const domain::TaskId& id : ids) EXPECT_EQ(bench_.Get(id).attempts, 1);
}

TEST_P(WorkerTest, SubmitWakesAnIdleWorker) {
  testing::FakeFactory factory({{"a", {}}}, world_);
  const testing::RunningWorker worker(bench_.journal(), factory, bench_.clock(), QuickWorker());

  const domain::Task task = bench_.Submit();

  EXPECT_EQ(bench_.AwaitEnd(task.id).status, TaskStatus::kCompleted);
}

INSTANTIATE_TEST_SUITE_P(Catalogs, WorkerTest,
                         ::testing::ValuesIn(catalog::testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace reprise::jobs
