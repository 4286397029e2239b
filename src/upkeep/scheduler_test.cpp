#include "upkeep/scheduler.hpp"

#include <gmock/gmock.h>

#include <latch>
#include <thread>

#include "upkeep/testing/upkeep_bench.hpp"

namespace reprise::upkeep {
namespace {

using domain::RunOutcome;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SchedulerTest : public testing::UpkeepBench {};

TEST_F(SchedulerTest, BeginsARunWhenItIsDueAndNotBefore) {
  const auto id = node_.service.Create(OrderOf("0 13 * * *")).value().id;
  clock_.Advance(minutes(59));
  ASSERT_TRUE(node_.scheduler.Tick());
  EXPECT_THAT(Backups(), IsEmpty());
  clock_.Advance(minutes(1));
  ASSERT_TRUE(node_.scheduler.Tick());
  ASSERT_TRUE(node_.scheduler.Tick());
  ASSERT_EQ(Backups().size(), 1U);
  EXPECT_EQ(Backups()[0].type, domain::BackupType::kScheduled);
  const auto after = node_.schedules.Get(id).value();
  EXPECT_EQ(after.next_run_at, At("2026-01-02T13:00:00Z"));
  ASSERT_TRUE(after.last_run);
  EXPECT_EQ(after.last_run->outcome, RunOutcome::kStarted);
  EXPECT_EQ(after.last_run->due_at, At("2026-01-01T13:00:00Z"));
  EXPECT_EQ(after.last_run->task_id, Backups()[0].task_id);
  EXPECT_THAT(EventTypes(), IsEmpty());
}

TEST_F(SchedulerTest, WhatWasDueWhileNothingRanIsMadeUpForOnceAndTold) {
  const auto id = node_.service.Create(OrderOf("0 2 * * *")).value().id;
  MoveTo("2026-01-05T09:00:00Z");
  ASSERT_TRUE(node_.scheduler.Tick());
  ASSERT_TRUE(node_.scheduler.Tick());
  EXPECT_EQ(Backups().size(), 1U);
  const auto after = node_.schedules.Get(id).value();
  EXPECT_EQ(after.last_run->outcome, RunOutcome::kCaughtUp);
  EXPECT_EQ(after.last_run->due_at, At("2026-01-02T02:00:00Z"));
  EXPECT_EQ(after.last_run->missed, 3);
  EXPECT_THAT(after.last_run->detail, HasSubstr("3 times more"));
  EXPECT_EQ(after.next_run_at, At("2026-01-06T02:00:00Z"));
  EXPECT_THAT(EventTypes(), ElementsAre("schedule.caught_up"));
}

TEST_F(SchedulerTest, ARunIsLeftOutAndToldWhileTheFormerOneHasNotEnded) {
  const auto id = node_.service.Create(OrderOf("0 * * * *")).value().id;
  clock_.Advance(hours(1));
  ASSERT_TRUE(node_.scheduler.Tick());
  clock_.Advance(hours(1));
  ASSERT_TRUE(node_.scheduler.Tick());
  EXPECT_EQ(Backups().size(), 1U);
  const auto after = node_.schedules.Get(id).value();
  EXPECT_EQ(after.last_run->outcome, RunOutcome::kSkipped);
  EXPECT_EQ(after.last_run->task_id, Backups()[0].task_id);
  EXPECT_EQ(after.next_run_at, At("2026-01-01T15:00:00Z"));
  EXPECT_THAT(EventTypes(), ElementsAre("schedule.skipped"));
  EndTasks();
  clock_.Advance(hours(1));
  ASSERT_TRUE(node_.scheduler.Tick());
  EXPECT_EQ(Backups().size(), 2U);
  EXPECT_EQ(node_.schedules.Runs(id, {}).value().total, 3);
}

TEST_F(SchedulerTest, ARunWaitsInTheQueueHoweverManyTasksThereMayBe) {
  SetQuota({.active_tasks = 0});
  ASSERT_TRUE(node_.service.Create(OrderOf("0 13 * * *")));
  clock_.Advance(hours(1));
  ASSERT_TRUE(node_.scheduler.Tick());
  EXPECT_EQ(Backups().size(), 1U);
}

TEST_F(SchedulerTest, ARunThatMayStoreNothingMoreFailsAndSaysSo) {
  SetQuota({.stored_bytes = 0});
  const auto id = node_.service.Create(OrderOf("0 13 * * *")).value().id;
  clock_.Advance(hours(1));
  ASSERT_TRUE(node_.scheduler.Tick());
  EXPECT_THAT(Backups(), IsEmpty());
  const auto after = node_.schedules.Get(id).value();
  ASSERT_TRUE(after.last_run);
  EXPECT_EQ(after.last_run->outcome, RunOutcome::kFailed);
  EXPECT_THAT(after.last_run->detail, HasSubstr("may store 0 bytes of backups"));
  EXPECT_TRUE(after.is_enabled);
  EXPECT_EQ(after.next_run_at, At("2026-01-02T13:00:00Z"));
}

TEST_F(SchedulerTest, OneOfARemovedEnvironmentTurnsItselfOff) {
  const auto id = node_.service.Create(OrderOf("0 13 * * *")).value().id;
  ASSERT_TRUE(node_.environments.Update({"e1"}, [](domain::Environment& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  clock_.Advance(hours(1));
  ASSERT_TRUE(node_.scheduler.Tick());
  const auto after = node_.schedules.Get(id).value();
  EXPECT_FALSE(after.is_enabled);
  EXPECT_EQ(after.last_run->outcome, RunOutcome::kFailed);
  EXPECT_THAT(after.last_run->detail, HasSubstr("is removed"));
}

TEST_F(SchedulerTest, OneThatIsOffOrWasDeletedDoesNothing) {
  const auto off = node_.service.Create(OrderOf("0 13 * * *")).value().id;
  const auto gone = node_.service.Create(OrderOf("0 14 * * *")).value().id;
  ASSERT_TRUE(node_.service.Change(off, {.is_enabled = false}));
  ASSERT_TRUE(node_.schedules.Delete(gone));
  clock_.Advance(hours(5));
  ASSERT_TRUE(node_.scheduler.Tick());
  EXPECT_THAT(Backups(), IsEmpty());
}

// Each node looks at the same moment; on both kinds of catalog one run comes of it.
class SchedulerNodesTest : public testing::UpkeepBench,
                           public ::testing::WithParamInterface<catalog::testing::CatalogKind> {
 protected:
  SchedulerNodesTest() : UpkeepBench(GetParam()) {}
};
INSTANTIATE_TEST_SUITE_P(On, SchedulerNodesTest,
                         ::testing::ValuesIn(catalog::testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

TEST_P(SchedulerNodesTest, EveryRunIsBegunOnceByWhicheverNode) {
  constexpr int kNodes = 4;
  constexpr int kRounds = 10;
  std::vector<std::unique_ptr<catalog::Database>> databases;
  std::vector<std::unique_ptr<testing::Node>> nodes;
  for (int i = 0; i < kNodes; ++i) {
    databases.push_back(catalog_.OpenAnother());
    nodes.push_back(std::make_unique<testing::Node>(*databases.back(), clock_, store_));
  }
  const auto id = node_.service.Create(OrderOf("* * * * *")).value().id;
  for (int round = 0; round < kRounds; ++round) {
    clock_.Advance(minutes(1));
    std::latch ready(kNodes);
    std::vector<std::jthread> threads;
    threads.reserve(nodes.size());
    for (auto& node : nodes) {
      threads.emplace_back([&ready, &node] {
        ready.arrive_and_wait();
        EXPECT_TRUE(node->scheduler.Tick());
      });
    }
    threads.clear();
    EndTasks();
  }
  EXPECT_EQ(Backups().size(), std::size_t{kRounds});
  const auto runs = node_.schedules.Runs(id, {1, 100}).value();
  EXPECT_EQ(runs.total, kRounds);
  for (const domain::ScheduleRun& run : runs.items) EXPECT_EQ(run.outcome, RunOutcome::kStarted);
  EXPECT_THAT(EventTypes(), IsEmpty());
}

}  // namespace
}  // namespace reprise::upkeep
