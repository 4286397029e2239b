// Many nodes on one catalog: what each may rely on, whatever becomes of the others.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <map>
#include <random>
#include <set>

#include "jobs/testing/fake_workflow.hpp"
#include "jobs/testing/journal_bench.hpp"
#include "jobs/worker.hpp"

namespace reprise::jobs {
namespace {

using domain::TaskStatus;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::FakeStepSpec;
using testing::FakeWorld;

// The catalog as a node sees it that may be killed: from then on nothing it writes arrives.
class KillableDatabase final : public catalog::Database {
 public:
  explicit KillableDatabase(std::unique_ptr<catalog::Database> database)
      : database_(std::move(database)) {}
  Status Write(const std::function<Status(catalog::Transaction&)>& work) override {
    return dead_ ? Dead() : database_->Write(work);
  }
  Status WriteRows(const std::function<Status(catalog::Transaction&)>& work) override {
    return dead_ ? Dead() : database_->WriteRows(work);
  }
  Status Read(const std::function<Status(catalog::Transaction&)>& work) override {
    return dead_ ? Dead() : database_->Read(work);
  }
  std::unique_ptr<catalog::Subscription> Subscribe(const Heard& heard) override {
    return database_->Subscribe(heard);
  }
  bool IsShared() const override { return true; }
  void Kill() { dead_ = true; }
  [[nodiscard]] bool dead() const { return dead_; }

 private:
  static Status Dead() { return Fail(ErrorCode::kUnavailable, "the node is dead"); }
  std::unique_ptr<catalog::Database> database_;
  std::atomic<bool> dead_ = false;
};

// What all nodes do to the one world, by task: each step's effect, and each end.
class SharedWorld {
 public:
  void Note(const std::string& what) {
    const std::scoped_lock lock(mutex_);
    ++counts_[what];
  }
  [[nodiscard]] std::map<std::string, int> counts() {
    const std::scoped_lock lock(mutex_);
    return counts_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> counts_;
};

// Tasks of three short steps. A dead node's process touches nothing any more.
class NodeFactory final : public WorkflowFactory {
 public:
  NodeFactory(KillableDatabase& database, SharedWorld& shared)
      : database_(database), shared_(shared) {}
  Result<std::unique_ptr<Workflow>> Make(const domain::Task& task) override {
    std::vector<FakeStepSpec> steps;
    for (const std::string name : {"load", "swap", "verify"}) {
      FakeStepSpec step{name, steps.empty() ? std::vector<std::string>{}
                                            : std::vector<std::string>{steps.back().name}};
      step.run = [this, what = task.id.value + " " + name](const Context& ctx, StepRun& run,
                                                           FakeWorld&) -> Status {
        RETURN_IF_ERROR(ctx.Check());
        RETURN_IF_ERROR(run.CheckOwner());
        if (database_.dead()) return Fail(ErrorCode::kIo, "the process is dead");
        shared_.Note(what);
        return {};
      };
      steps.push_back(std::move(step));
    }
    return std::make_unique<testing::FakeWorkflow>(steps, scratch_);
  }

 private:
  KillableDatabase& database_;
  SharedWorld& shared_;
  FakeWorld scratch_;
};

// A process with a journal and four workers.
class Node {
 public:
  Node(const testing::JournalBench& bench, std::string name, SharedWorld& shared,
       const Clock& clock)
      : database_(bench.catalog().OpenAnother()),
        journal_(database_, clock),
        factory_(database_, shared),
        worker_(journal_, factory_, clock, Options(std::move(name))) {}
  // As kill -9 does it.
  void Kill() { database_.Kill(); }
  [[nodiscard]] Journal& journal() { return journal_; }

 private:
  static WorkerOptions Options(std::string name) {
    WorkerOptions options = testing::QuickWorker(std::move(name));
    options.parallel_tasks = 4;
    options.lease = seconds(2);
    return options;
  }
  KillableDatabase database_;
  Journal journal_;
  NodeFactory factory_;
  testing::RunningWorker worker_;
};

class ManyNodesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!catalog::testing::PostgresServer::IsInstalled()) {
      GTEST_SKIP() << "PostgreSQL is not installed, and many nodes need it: "
                      "apt-get install postgresql";
    }
    bench_.emplace(testing::JournalBench::Kind::kPostgres);
    other_database_ = bench_->catalog().OpenAnother();
    other_.emplace(*other_database_, bench_->clock());
  }
  std::int64_t Active() {
    std::int64_t active = 0;
    for (const TaskStatus status : {TaskStatus::kQueued, TaskStatus::kRunning}) {
      active += bench_->journal().List({.status = status}, {1, 1}).value().total;
    }
    return active;
  }

  std::optional<testing::JournalBench> bench_;
  std::unique_ptr<catalog::Database> other_database_;
  std::optional<Journal> other_;
};

TEST_F(ManyNodesTest, ATaskIsTakenByOneNodeOnly) {
  constexpr int kTasks = 40;
  for (int i = 0; i < kTasks; ++i) bench_->Submit();
  std::mutex mutex;
  std::multiset<std::string> taken;
  {
    std::latch start(6);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        Journal& journal = i % 2 == 0 ? bench_->journal() : *other_;
        start.arrive_and_wait();
        while (true) {
          const auto claim = journal.ClaimNext("w" + std::to_string(i), seconds(30));
          ASSERT_TRUE(claim) << claim.error().message;
          if (!*claim) return;
          EXPECT_EQ((*claim)->epoch, 1);
          const std::scoped_lock lock(mutex);
          taken.insert((*claim)->task.id.value);
        }
      });
    }
  }
  EXPECT_EQ(taken.size(), kTasks);
  EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()).size(), kTasks);
}

TEST_F(ManyNodesTest, ALeaseIsByTheDatabasesClockWhateverANodesOwnSays) {
  const ManualClock ahead{SystemClock().Now() + std::chrono::hours(1)};
  Journal future(bench_->database(), ahead, Journal::LeasesBy::kSharedDatabase);
  Journal past(*other_database_, bench_->clock(), Journal::LeasesBy::kSharedDatabase);
  bench_->Submit();

  const auto early = past.ClaimNext("past", seconds(60)).value();
  ASSERT_TRUE(early);
  EXPECT_FALSE(future.ClaimNext("future", seconds(60)).value()) << "it lives";
  ASSERT_TRUE(past.Heartbeat(*early, seconds(0)));  // over as soon as it is given
  const auto late = future.ClaimNext("future", seconds(0)).value();
  ASSERT_TRUE(late);
  EXPECT_TRUE(past.ClaimNext("past", seconds(60)).value()) << "it need not wait for an hour";
  EXPECT_EQ(future.Heartbeat(*late, seconds(60)).error().code, ErrorCode::kLeaseLost);
}

TEST_F(ManyNodesTest, ANodePausedPastItsLeaseChangesNothing) {
  const domain::Task task = bench_->Submit("target");
  const Claim paused = bench_->journal().ClaimNext("paused", seconds(30)).value().value();
  ASSERT_TRUE(bench_->journal().DeclareSteps(paused, {"load"}));
  bench_->clock().Advance(seconds(31));
  const Claim taken = other_->ClaimNext("other", seconds(30)).value().value();
  ASSERT_EQ(taken.task.id, task.id);
  ASSERT_EQ(taken.epoch, paused.epoch + 1);
  const std::size_t events = bench_->Events().size();

  Journal& journal = bench_->journal();
  const auto is_lost = [](const Status& status) {
    return !status && status.error().code == ErrorCode::kLeaseLost;
  };
  const auto heartbeat = journal.Heartbeat(paused, seconds(30));
  EXPECT_EQ(heartbeat.error().code, ErrorCode::kLeaseLost);
  EXPECT_TRUE(is_lost(journal.SetStep(paused, "load", domain::StepState::kDone, "")));
  EXPECT_TRUE(is_lost(journal.SetProgress(paused, "load", 50, "", 50, std::nullopt)));
  EXPECT_TRUE(is_lost(journal.Save(paused, "key", 1)));
  EXPECT_TRUE(is_lost(journal.BeginCompensation(paused, {ErrorCode::kIo, "x"}, "load")));
  EXPECT_TRUE(is_lost(journal.Release(paused)));
  EXPECT_TRUE(is_lost(journal.End(paused, TaskStatus::kCompleted)));

  EXPECT_EQ(bench_->Events().size(), events);
  EXPECT_EQ(bench_->Get(task.id).status, TaskStatus::kRunning);
  EXPECT_TRUE(other_->End(taken, TaskStatus::kCompleted));
}

TEST_F(ManyNodesTest, ACancelAndAClaimAtOnceLeaveNoTaskThatIsBoth) {
  for (int i = 0; i < 30; ++i) {
    const domain::Task task = bench_->Submit();
    std::latch start(2);
    std::optional<Claim> claim;
    {
      const std::jthread claiming([&] {
        start.arrive_and_wait();
        claim = other_->ClaimNext("w", seconds(30)).value();
      });
      start.arrive_and_wait();
      EXPECT_TRUE(bench_->journal().RequestCancel(task.id));
    }
    const domain::Task after = bench_->Get(task.id);
    EXPECT_EQ(after.status, claim ? TaskStatus::kRunning : TaskStatus::kCancelled);
    EXPECT_TRUE(after.cancel_requested);
    if (claim) {
      EXPECT_TRUE(other_->End(*claim, TaskStatus::kCancelled));
    }
  }
}

TEST_F(ManyNodesTest, OneTargetTakesOneTaskWhicheverNodeIsAsked) {
  for (int i = 0; i < 20; ++i) {
    const std::string target = "target " + std::to_string(i);
    std::latch start(2);
    std::atomic<int> taken = 0;
    std::atomic<int> busy = 0;
    const auto submit = [&](Journal& journal) {
      start.arrive_and_wait();
      const auto task = journal.Submit(bench_->NewTaskOf(target));
      taken += task ? 1 : 0;
      busy += !task && task.error().code == ErrorCode::kTargetBusy ? 1 : 0;
    };
    {
      const std::jthread one([&] { submit(bench_->journal()); });
      const std::jthread two([&] { submit(*other_); });
    }
    EXPECT_EQ(taken, 1);
    EXPECT_EQ(busy, 1);
  }
}

TEST_F(ManyNodesTest, LeasesOfLivingNodesCannotBeExpired) {
  bench_->Submit();
  const Claim claim = bench_->journal().ClaimNext("living", seconds(30)).value().value();
  EXPECT_FALSE(other_->ExpireLeases());
  EXPECT_FALSE(other_->ClaimNext("thief", seconds(30)).value().has_value());
}

TEST_F(ManyNodesTest, WorkersAndReadersOfOtherNodesAreWoken) {
  // Until the other listens, an announcement may pass it by.
  bool woken = false;
  for (int i = 0; i < 100 && !woken; ++i) {
    const std::uint64_t asked = other_->Asked();
    const domain::Task task = bench_->Submit();
    other_->WaitForWork(asked, milliseconds(200), {});
    woken = other_->Asked() > asked;
  }
  EXPECT_TRUE(woken);
}

TEST_F(ManyNodesTest, AReaderSeesEveryEventWhileAllNodesWrite) {
  constexpr int kWriters = 6;
  constexpr int kEach = 25;
  std::atomic<bool> done = false;
  std::vector<std::int64_t> seen;
  std::jthread reader([&] {
    std::int64_t cursor = 0;
    while (true) {
      const bool last = done;
      const auto events = other_->EventsAfter(cursor, std::nullopt, 7).value();
      for (const domain::TaskEvent& event : events) seen.push_back(cursor = event.seq);
      if (events.empty() && last) return;
    }
  });
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        Journal& journal = i % 2 == 0 ? bench_->journal() : *other_;
        bench_->Submit();
        const Claim claim =
            testing::JournalBench::AwaitClaim(journal, "w" + std::to_string(i), seconds(3000));
        for (int n = 0; n < kEach; ++n) {
          EXPECT_TRUE(journal.AppendEvent(claim, "task.log", {{"line", "x"}}));
        }
      });
    }
  }
  done = true;
  reader.join();
  EXPECT_EQ(seen.size(), bench_->Events().size());
  EXPECT_GE(seen.size(), static_cast<std::size_t>(kWriters * kEach));
}

// Three nodes of four workers; every now and then one of them is killed and a new one takes its
// place. What a step did in the moment of a death may be done again by the next owner, at most once
// per death; a task's end is told once.
TEST_F(ManyNodesTest, FiveHundredTasksEndOnceWhileNodesAreKilled) {
  constexpr int kTasks = 500;
  SharedWorld shared;
  const SystemClock clock;
  Journal journal(bench_->database(), clock);
  for (int i = 0; i < kTasks; ++i) ASSERT_TRUE(journal.Submit(bench_->NewTaskOf()));
  std::map<int, std::unique_ptr<Node>> nodes;
  int born = 0;
  const auto start = [&](int place) {
    nodes[place] = std::make_unique<Node>(*bench_, "node-" + std::to_string(++born), shared, clock);
  };
  for (int place = 0; place < 3; ++place) start(place);

  std::mt19937 random(7);
  int killed = 0;
  std::int64_t left = kTasks;
  while ((left = Active()) > 0) {
    static_cast<void>(Context().Sleep(milliseconds(300)));
    // The last tasks need their time: a node that dies keeps them for the rest of its lease.
    if (left < 20) continue;
    const int place = static_cast<int>(random() % 3);
    nodes[place]->Kill();
    start(place);
    ++killed;
  }
  nodes.clear();

  EXPECT_GT(killed, 3);
  std::map<std::string, int> ends;
  for (const domain::TaskEvent& event : bench_->Events()) {
    if (event.type == "task.completed") ++ends[event.task_id.value];
    EXPECT_NE(event.type, "task.failed") << event.data;
  }
  EXPECT_EQ(ends.size(), kTasks);
  for (const auto& [task, count] : ends) EXPECT_EQ(count, 1) << task;
  int again = 0;
  for (const auto& [what, count] : shared.counts()) again += count - 1;
  EXPECT_EQ(shared.counts().size(), static_cast<std::size_t>(kTasks * 3));
  EXPECT_LE(again, killed * 4);
}

}  // namespace
}  // namespace reprise::jobs
