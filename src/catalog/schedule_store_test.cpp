#include "catalog/schedule_store.hpp"

#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

using domain::Schedule;
using domain::ScheduleRun;
using std::chrono::hours;

class ScheduleStoreTest : public ::testing::TestWithParam<testing::CatalogKind> {
 protected:
  ScheduleStoreTest() {
    domain::Environment shop;
    shop.id = {"e1"};
    shop.project_id = catalog_.project();
    shop.server_id = catalog_.server();
    shop.name = "shop";
    EXPECT_TRUE(environments_.Insert(shop));
  }
  Schedule Make(const std::string& id) {
    Schedule schedule;
    schedule.id = {id};
    schedule.project_id = catalog_.project();
    schedule.environment_id = {"e1"};
    schedule.kind = domain::ScheduleKind::kDrill;
    schedule.name = "schedule " + id;
    schedule.cron = "30 2 * * *";
    schedule.time_zone = "Europe/Madrid";
    schedule.include_filestore = false;
    schedule.next_run_at = start_;
    return schedule;
  }
  Result<bool> Take(const Schedule& seen, const ScheduleRun& run,
                    const std::optional<Instant>& next) {
    bool taken = false;
    const Status written = catalog_.database().Write([&](Transaction& tx) -> Status {
      ASSIGN_OR_RETURN(taken, ScheduleStore::TakeRunIn(tx, seen, run, next));
      return {};
    });
    if (!written) return Fail(written.error());
    return taken;
  }

  const Instant start_ = ParseInstant("2026-01-01T02:30:00Z").value();
  ManualClock clock_{start_};
  testing::TemporaryCatalog catalog_{GetParam()};
  EnvironmentStore environments_{catalog_.database(), clock_};
  ScheduleStore schedules_{catalog_.database(), clock_};
};
INSTANTIATE_TEST_SUITE_P(On, ScheduleStoreTest, ::testing::ValuesIn(testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

TEST_P(ScheduleStoreTest, GivesBackWhatWasWritten) {
  ASSERT_TRUE(schedules_.Insert(Make("s1")));
  const Schedule read = schedules_.Get({"s1"}).value();
  EXPECT_EQ(read.kind, domain::ScheduleKind::kDrill);
  EXPECT_EQ(read.name, "schedule s1");
  EXPECT_EQ(read.cron, "30 2 * * *");
  EXPECT_EQ(read.time_zone, "Europe/Madrid");
  EXPECT_TRUE(read.is_enabled);
  EXPECT_FALSE(read.include_filestore);
  EXPECT_EQ(read.next_run_at, start_);
  EXPECT_FALSE(read.last_run);
  EXPECT_EQ(read.created_at, start_);
  Schedule same_name = Make("s2");
  same_name.name = "schedule s1";
  EXPECT_EQ(schedules_.Insert(same_name).error().code, ErrorCode::kNameTaken);
}

TEST_P(ScheduleStoreTest, IsDueOnlyWhileItIsOnAndItsTimeHasCome) {
  ASSERT_TRUE(schedules_.Insert(Make("s1")));
  Schedule off = Make("s2");
  off.is_enabled = false;
  ASSERT_TRUE(schedules_.Insert(off));
  EXPECT_TRUE(schedules_.Due(start_ - hours(1), 10).value().empty());
  const auto due = schedules_.Due(start_, 10).value();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].id.value, "s1");
}

TEST_P(ScheduleStoreTest, ARunIsTakenOnce) {
  ASSERT_TRUE(schedules_.Insert(Make("s1")));
  const Schedule seen = schedules_.Get({"s1"}).value();
  ScheduleRun run{start_, start_, domain::RunOutcome::kCaughtUp, 3, {"t1"}, "late"};
  EXPECT_TRUE(Take(seen, run, start_ + hours(24)).value());
  EXPECT_FALSE(Take(seen, run, start_ + hours(24)).value());
  const Schedule after = schedules_.Get({"s1"}).value();
  EXPECT_EQ(after.next_run_at, start_ + hours(24));
  ASSERT_TRUE(after.last_run);
  EXPECT_EQ(after.last_run->outcome, domain::RunOutcome::kCaughtUp);
  EXPECT_EQ(after.last_run->missed, 3);
  EXPECT_EQ(after.last_run->task_id.value, "t1");
  EXPECT_EQ(after.last_run->detail, "late");
  const auto runs = schedules_.Runs({"s1"}, {}).value();
  ASSERT_EQ(runs.items.size(), 1U);
  EXPECT_EQ(runs.items[0].due_at, start_);
  EXPECT_EQ(schedules_.RunsOf({"e1"}, domain::ScheduleKind::kDrill, start_).value().size(), 1U);
  EXPECT_TRUE(schedules_.RunsOf({"e1"}, domain::ScheduleKind::kBackup, start_).value().empty());
}

TEST_P(ScheduleStoreTest, ARunThatWasSeenBeforeAChangeIsNotTaken) {
  ASSERT_TRUE(schedules_.Insert(Make("s1")));
  const Schedule seen = schedules_.Get({"s1"}).value();
  clock_.Advance(hours(1));
  ASSERT_TRUE(schedules_.Update({"s1"}, [](Schedule& row) -> Status {
    row.include_filestore = true;
    return {};
  }));
  EXPECT_FALSE(Take(seen, {start_, start_}, start_ + hours(24)).value());
}

TEST_P(ScheduleStoreTest, WithoutANextRunItIsOff) {
  ASSERT_TRUE(schedules_.Insert(Make("s1")));
  const Schedule seen = schedules_.Get({"s1"}).value();
  ASSERT_TRUE(
      schedules_.TakeRun(seen, {start_, start_, domain::RunOutcome::kFailed}, std::nullopt));
  const Schedule after = schedules_.Get({"s1"}).value();
  EXPECT_FALSE(after.is_enabled);
  EXPECT_FALSE(after.next_run_at);
}

TEST_P(ScheduleStoreTest, GoesWithItsHistory) {
  ASSERT_TRUE(schedules_.Insert(Make("s1")));
  ASSERT_TRUE(schedules_.TakeRun(schedules_.Get({"s1"}).value(), {start_, start_}, start_));
  ASSERT_TRUE(schedules_.Delete({"s1"}));
  EXPECT_EQ(schedules_.Get({"s1"}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(schedules_.Delete({"s1"}).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reprise::catalog
