// What a crash, or a worker that was taken for dead, may do to a task: nothing. For every write to
// the journal the process dies just before it, or just after it, and another worker goes on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "jobs/task_run.hpp"
#include "jobs/testing/fake_workflow.hpp"
#include "jobs/testing/journal_bench.hpp"

namespace reprise::jobs {
namespace {

using domain::StepState;
using domain::TaskStatus;
using testing::FakeStepSpec;
using testing::FakeWorld;
using ::testing::IsEmpty;

constexpr std::chrono::seconds kLease{30};

enum class Moment { kBeforeCommit, kAfterCommit };

// The catalog as a process sees it that dies at its n-th write: from then on nothing works, and
// nothing that still runs touches the world.
class DyingDatabase final : public catalog::Database {
 public:
  DyingDatabase(catalog::Database& database, FakeWorld& world, int dies_at, Moment moment)
      : database_(database), world_(world), dies_at_(dies_at), moment_(moment) {}

  Status Write(const std::function<Status(catalog::Transaction&)>& work) override {
    const int number = ++writes_;
    if (number > dies_at_) return Dead();
    if (number < dies_at_) return database_.Write(work);
    if (moment_ == Moment::kAfterCommit) static_cast<void>(database_.Write(work));
    world_.Die();
    return Dead();
  }
  Status Read(const std::function<Status(catalog::Transaction&)>& work) override {
    return died() ? Dead() : database_.Read(work);
  }
  [[nodiscard]] bool died() const { return writes_ >= dies_at_; }

 private:
  static Status Dead() { return Fail(ErrorCode::kIo, "the process is dead"); }
  catalog::Database& database_;
  FakeWorld& world_;
  const int dies_at_;
  const Moment moment_;
  std::atomic<int> writes_ = 0;
};

// Lets another worker come in between, just before the n-th write.
class StallingDatabase final : public catalog::Database {
 public:
  StallingDatabase(catalog::Database& database, int stalls_at, std::function<void()> meanwhile)
      : database_(database), stalls_at_(stalls_at), meanwhile_(std::move(meanwhile)) {}

  Status Write(const std::function<Status(catalog::Transaction&)>& work) override {
    if (++writes_ == stalls_at_) meanwhile_();
    return database_.Write(work);
  }
  Status Read(const std::function<Status(catalog::Transaction&)>& work) override {
    return database_.Read(work);
  }
  [[nodiscard]] bool stalled() const { return writes_ >= stalls_at_; }

 private:
  catalog::Database& database_;
  const int stalls_at_;
  std::function<void()> meanwhile_;
  std::atomic<int> writes_ = 0;
};

// A task's plan and how it must end.
struct Story {
  std::string name;
  TaskStatus status;
  std::string error_code;
  std::string error_step;
  std::function<std::vector<FakeStepSpec>(Journal&, const domain::TaskId&)> steps;
};

// A plan in the shape of a restore: two branches, a step that cannot be cancelled, a last look.
std::vector<FakeStepSpec> RestoreLike() {
  FakeStepSpec swap{"swap", {"load", "files"}};
  swap.cancellable = false;
  return {{"validate", {}},
          {"load", {"validate"}, 5},
          {"files", {"validate"}, 3},
          swap,
          {"verify", {"swap"}}};
}

Story Succeeds() {
  return {"succeeds", TaskStatus::kCompleted, "", "",
          [](Journal&, const domain::TaskId&) { return RestoreLike(); }};
}

Story FailsAtTheEnd() {
  return {"fails at the end", TaskStatus::kFailed, "unhealthy", "verify",
          [](Journal&, const domain::TaskId&) {
            auto steps = RestoreLike();
            steps.back().run = [](const Context& ctx, StepRun&, FakeWorld& world) -> Status {
              RETURN_IF_ERROR(ctx.Check());
              RETURN_IF_ERROR(world.Do("verify"));
              return Fail(ErrorCode::kUnhealthy, "no answer");
            };
            return steps;
          }};
}

Story IsCancelledHalfway() {
  return {"is cancelled halfway", TaskStatus::kCancelled, "cancelled", "",
          [](Journal& journal, const domain::TaskId& id) {
            auto steps = RestoreLike();
            steps[1].run = [&journal, id](const Context& ctx, StepRun&,
                                          FakeWorld& world) -> Status {
              RETURN_IF_ERROR(world.Do("load"));
              const auto asked = journal.RequestCancel(id);
              if (!asked) return Fail(asked.error());
              world.Await(ctx, "never");
              return ctx.Check();
            };
            return steps;
          }};
}

// The same without branches: nothing of a stalled worker is under way elsewhere.
Story InARow(Story story) {
  story.steps = [steps = story.steps](Journal& journal, const domain::TaskId& id) {
    auto row = steps(journal, id);
    for (std::size_t i = 1; i < row.size(); ++i) row[i].after = {row[i - 1].name};
    return row;
  };
  return story;
}

class CrashTest : public ::testing::TestWithParam<testing::JournalBench::Kind> {
 protected:
  struct Scene {
    FakeWorld world;
    testing::JournalBench bench{GetParam()};
    domain::TaskId id;
  };

  // One process that claims the next task, if there is one, and runs it as far as it comes.
  static void RunProcess(catalog::Database& database, Scene& scene, const Story& story) {
    Journal journal(database, scene.bench.clock());
    testing::FakeFactory factory(story.steps(journal, scene.id), scene.world);
    WorkerOptions options = testing::QuickWorker();
    // Real time, other than the journal's: how long a dead process waits before it gives up.
    options.lease = std::chrono::seconds(1);
    const std::uint64_t asked = journal.Asked();
    auto claim = journal.ClaimNext("process", kLease);
    if (!claim || !*claim) return;
    TaskRun run({journal, factory, scene.bench.clock(), options}, **std::move(claim), asked);
    static_cast<void>(run.Execute({}));
  }

  // Whether the process died.
  static bool RunUntilDeath(Scene& scene, const Story& story, int dies_at, Moment moment) {
    DyingDatabase database(scene.bench.database(), scene.world, dies_at, moment);
    RunProcess(database, scene, story);
    scene.world.Revive();
    scene.bench.clock().Advance(kLease + std::chrono::seconds(1));
    return database.died();
  }

  static std::map<std::string, int> RunsOfDoneSteps(Scene& scene) {
    std::map<std::string, int> runs;
    for (const domain::TaskStep& step : scene.bench.Get(scene.id).steps) {
      if (step.state == StepState::kDone) runs[step.name] = scene.world.RunsOf(step.name);
    }
    return runs;
  }

  static void ExpectTrueEnd(Scene& scene, const Story& story) {
    const domain::Task task = scene.bench.Get(scene.id);
    EXPECT_EQ(task.status, story.status);
    EXPECT_EQ(task.error_code, story.error_code);
    EXPECT_EQ(task.error_step, story.error_step);
    for (const domain::TaskStep& step : task.steps) {
      const bool applied = scene.world.applied().contains(step.name);
      EXPECT_EQ(applied, step.state == StepState::kDone) << step.name;
      if (story.status == TaskStatus::kCompleted) {
        EXPECT_TRUE(applied) << step.name;
      } else {
        EXPECT_FALSE(applied) << step.name;
      }
    }
    ExpectNoStepForwardAfterAnUndo(scene);
    const std::vector<std::string> happened = scene.world.happened();
    EXPECT_EQ(happened.back(), story.error_code.empty()
                                   ? "ended"
                                   : "failed " + story.error_code + " " + story.error_step);
  }

  // Once a task takes back, it does nothing else: also not in the next worker.
  static void ExpectNoStepForwardAfterAnUndo(Scene& scene) {
    bool undoing = false;
    for (const std::string& what : scene.world.happened()) {
      undoing = undoing || what.starts_with("undo ");
      EXPECT_FALSE(undoing && what.starts_with("do ")) << what;
    }
  }

  // The events alone tell the same story as the rows.
  static void ExpectTrueEvents(Scene& scene, const Story& story) {
    std::map<std::string, std::string> states;
    double percent = 0;
    int ends = 0;
    const std::vector<domain::TaskEvent> events = scene.bench.Events();
    for (const domain::TaskEvent& event : events) {
      const boost::json::object data = boost::json::parse(event.data).as_object();
      EXPECT_GE(data.at("percent").to_number<double>(), percent);
      percent = data.at("percent").to_number<double>();
      if (event.type == "task.step") {
        states[data.at("step").as_string().c_str()] = data.at("state").as_string().c_str();
      }
      const auto status = domain::ParseTaskStatus(data.at("status").as_string().c_str());
      ends += domain::HasEnded(status.value()) ? 1 : 0;
    }
    EXPECT_EQ(ends, 1);
    EXPECT_EQ(events.back().type, "task." + std::string(domain::NameOf(story.status)));
    for (const domain::TaskStep& step : scene.bench.Get(scene.id).steps) {
      const std::string told = states.contains(step.name) ? states[step.name] : "pending";
      EXPECT_EQ(told, domain::NameOf(step.state)) << step.name;
    }
  }

  // Dies at every write in turn, as long as the process comes that far.
  static void CrashEverywhere(const Story& story, Moment moment) {
    int dies_at = 1;
    for (bool died = true; died; ++dies_at) {
      SCOPED_TRACE(story.name + ", dies at write " + std::to_string(dies_at));
      Scene scene;
      scene.id = scene.bench.Submit("target").id;
      died = RunUntilDeath(scene, story, dies_at, moment);
      const std::map<std::string, int> done = RunsOfDoneSteps(scene);

      RunProcess(scene.bench.database(), scene, story);

      ExpectTrueEnd(scene, story);
      ExpectTrueEvents(scene, story);
      for (const auto& [step, runs] : done) EXPECT_EQ(scene.world.RunsOf(step), runs) << step;
      if (HasFailure()) return;
    }
    EXPECT_GT(dies_at, 10) << "the story has fewer writes than it should";
  }
};

TEST_P(CrashTest, SuccessSurvivesDeathBeforeEveryWrite) {
  CrashEverywhere(Succeeds(), Moment::kBeforeCommit);
}

TEST_P(CrashTest, SuccessSurvivesDeathAfterEveryWrite) {
  CrashEverywhere(Succeeds(), Moment::kAfterCommit);
}

TEST_P(CrashTest, FailureIsTakenBackInFullWhereverItDiesBeforeAWrite) {
  CrashEverywhere(FailsAtTheEnd(), Moment::kBeforeCommit);
}

TEST_P(CrashTest, FailureIsTakenBackInFullWhereverItDiesAfterAWrite) {
  CrashEverywhere(FailsAtTheEnd(), Moment::kAfterCommit);
}

TEST_P(CrashTest, CancelIsTakenBackInFullWhereverItDiesBeforeAWrite) {
  CrashEverywhere(IsCancelledHalfway(), Moment::kBeforeCommit);
}

TEST_P(CrashTest, CancelIsTakenBackInFullWhereverItDiesAfterAWrite) {
  CrashEverywhere(IsCancelledHalfway(), Moment::kAfterCommit);
}

TEST_P(CrashTest, SurvivesDyingAgainAndAgain) {
  for (const Story& story : {Succeeds(), FailsAtTheEnd(), IsCancelledHalfway()}) {
    for (const int lifetime : {2, 3, 5}) {
      SCOPED_TRACE(story.name + ", lives for " + std::to_string(lifetime) + " writes");
      Scene scene;
      scene.id = scene.bench.Submit("target").id;
      // Every second death is after its commit, so that each life gets a little further.
      for (int life = 0; life < 60; ++life) {
        if (domain::HasEnded(scene.bench.Get(scene.id).status)) break;
        RunUntilDeath(scene, story, lifetime + life / 4,
                      life % 2 == 0 ? Moment::kAfterCommit : Moment::kBeforeCommit);
      }
      ExpectTrueEnd(scene, story);
      ExpectTrueEvents(scene, story);
    }
  }
}

TEST_P(CrashTest, WorkerThatStalledPastItsLeaseChangesNothingAfterwards) {
  for (const Story& story : {InARow(Succeeds()), InARow(FailsAtTheEnd())}) {
    bool stalled = true;
    for (int stalls_at = 1; stalled; ++stalls_at) {
      SCOPED_TRACE(story.name + ", stalls at write " + std::to_string(stalls_at));
      Scene scene;
      scene.id = scene.bench.Submit("target").id;
      std::vector<std::string> happened;
      std::size_t events = 0;
      StallingDatabase database(scene.bench.database(), stalls_at, [&] {
        scene.bench.clock().Advance(kLease + std::chrono::seconds(1));
        RunProcess(scene.bench.database(), scene, story);
        happened = scene.world.happened();
        events = scene.bench.Events().size();
      });

      RunProcess(database, scene, story);

      stalled = database.stalled();
      ExpectTrueEnd(scene, story);
      ExpectTrueEvents(scene, story);
      if (stalled) {
        EXPECT_EQ(scene.bench.Events().size(), events);
        EXPECT_EQ(scene.world.happened(), happened);
      }
      if (HasFailure()) return;
    }
  }
}

// The successor is not done yet, so only the epoch can tell the two apart.
TEST_P(CrashTest, WorkerThatStalledDoesNotMeddleWithAnUnfinishedSuccessor) {
  const Story story = InARow(FailsAtTheEnd());
  for (const int successor_dies_at : {2, 5, 9, 14}) {
    bool stalled = true;
    for (int stalls_at = 2; stalled; ++stalls_at) {
      SCOPED_TRACE("stalls at write " + std::to_string(stalls_at) + ", successor dies at " +
                   std::to_string(successor_dies_at));
      Scene scene;
      scene.id = scene.bench.Submit("target").id;
      std::vector<std::string> happened;
      std::size_t events = 0;
      StallingDatabase database(scene.bench.database(), stalls_at, [&] {
        scene.bench.clock().Advance(kLease + std::chrono::seconds(1));
        RunUntilDeath(scene, story, successor_dies_at, Moment::kAfterCommit);
        happened = scene.world.happened();
        events = scene.bench.Events().size();
      });

      RunProcess(database, scene, story);
      stalled = database.stalled();
      if (stalled) {
        EXPECT_EQ(scene.bench.Events().size(), events);
        EXPECT_EQ(scene.world.happened(), happened);
      }
      RunProcess(scene.bench.database(), scene, story);

      ExpectTrueEnd(scene, story);
      ExpectTrueEvents(scene, story);
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CrashTest, ::testing::ValuesIn(catalog::testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace reprise::jobs
