#include "upkeep/schedule_service.hpp"

#include <gmock/gmock.h>

#include "upkeep/testing/upkeep_bench.hpp"

namespace reprise::upkeep {
namespace {

using ::testing::HasSubstr;

class ScheduleServiceTest : public testing::UpkeepBench {};

TEST_F(ScheduleServiceTest, ANewOneKnowsItsNextRunAndCallsItselfByItsExpression) {
  const auto schedule = node_.service.Create(OrderOf(" 30  2 * * * ", "Europe/Madrid"));
  ASSERT_TRUE(schedule);
  EXPECT_EQ(schedule->name, "backup: At 02:30 every day.");
  EXPECT_EQ(schedule->cron, "30 2 * * *");
  EXPECT_EQ(schedule->next_run_at, At("2026-01-02T01:30:00Z"));
  const Timetable table = ScheduleService::TimetableOf(*schedule, clock_.Now(), 3).value();
  EXPECT_EQ(table.sentence, "At 02:30 every day.");
  ASSERT_EQ(table.next_runs.size(), 3U);
  EXPECT_EQ(table.next_runs[2], At("2026-01-04T01:30:00Z"));
}

TEST_F(ScheduleServiceTest, RefusesWhatCannotRun) {
  EXPECT_EQ(node_.service.Create(OrderOf("61 * * * *")).error().field, "/cron");
  EXPECT_EQ(node_.service.Create(OrderOf("0 2 * * *", "Nowhere/Else")).error().field, "/time_zone");
  ASSERT_TRUE(node_.environments.Update({"e1"}, [](domain::Environment& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  EXPECT_EQ(node_.service.Create(OrderOf("0 2 * * *")).error().code, ErrorCode::kConflict);
}

TEST_F(ScheduleServiceTest, AChangeCountsTheNextRunAnew) {
  const auto id = node_.service.Create(OrderOf("0 2 * * *")).value().id;
  EXPECT_EQ(node_.service.Change(id, {.cron = "0 18 * * *"}).value().next_run_at,
            At("2026-01-01T18:00:00Z"));
  const auto off = node_.service.Change(id, {.is_enabled = false}).value();
  EXPECT_FALSE(off.is_enabled);
  EXPECT_FALSE(off.next_run_at);
  EXPECT_EQ(node_.service.Change(id, {.is_enabled = true}).value().next_run_at,
            At("2026-01-01T18:00:00Z"));
  EXPECT_FALSE(node_.service.Change(id, {.cron = "no"}));
  EXPECT_EQ(node_.schedules.Get(id).value().cron, "0 18 * * *");
}

TEST_F(ScheduleServiceTest, RunNowMakesItsBackupAndLeavesItsNextRun) {
  ScheduleOrder order = OrderOf("0 2 * * *");
  order.include_filestore = false;
  order.incremental = true;
  order.is_enabled = false;
  const auto schedule = node_.service.Create(order).value();
  const auto task = node_.service.RunNow(schedule.id);
  ASSERT_TRUE(task);
  ASSERT_EQ(Backups().size(), 1U);
  EXPECT_EQ(Backups()[0].type, domain::BackupType::kScheduled);
  EXPECT_FALSE(Backups()[0].include_filestore);
  EXPECT_THAT(Backups()[0].storage_key, ::testing::EndsWith(".recipe"));
  EXPECT_EQ(Backups()[0].task_id, *task);
  EXPECT_THAT(Backups()[0].notes, HasSubstr(schedule.name));
  EXPECT_EQ(node_.service.RunNow(schedule.id).error().code, ErrorCode::kTargetBusy);
  EXPECT_EQ(node_.schedules.Get(schedule.id).value().next_run_at, schedule.next_run_at);
}

}  // namespace
}  // namespace reprise::upkeep
