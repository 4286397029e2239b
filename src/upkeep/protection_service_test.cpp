#include "upkeep/protection_service.hpp"

#include <gmock/gmock.h>

#include "upkeep/testing/upkeep_bench.hpp"

namespace reprise::upkeep {
namespace {

using domain::BackupType;
using domain::DayMark;
using domain::ProtectionState;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ProtectionServiceTest : public testing::UpkeepBench {
 protected:
  Protection Look() {
    return node_.protection.Of(node_.environments.Get({"e1"}).value(), domain::TimeZone::Utc())
        .value();
  }
  void EndBackup(domain::BackupStatus status) {
    EndTasks();
    EXPECT_TRUE(node_.backups.Update(Backups()[0].id, [&](domain::Backup& row) -> Status {
      row.status = status;
      row.is_verified = status == domain::BackupStatus::kCompleted;
      return {};
    }));
  }
};

TEST_F(ProtectionServiceTest, WithoutAVerifiedBackupItIsUnprotected) {
  const Protection found = Look();
  EXPECT_EQ(found.state, ProtectionState::kUnprotected);
  EXPECT_THAT(found.reasons,
              ElementsAre("no schedule makes backups of it", "it has no verified backup"));
  EXPECT_FALSE(found.last_backup);
  ASSERT_EQ(found.days.size(), 30U);
  EXPECT_EQ(found.days.back().mark, DayMark::kNone);
}

TEST_F(ProtectionServiceTest, WithoutAScheduleItIsAtRisk) {
  AddBackup(BackupType::kManual, clock_.Now() - days(3));
  const Protection found = Look();
  EXPECT_EQ(found.state, ProtectionState::kAtRisk);
  EXPECT_EQ(found.days[26].mark, DayMark::kVerified);
}

TEST_F(ProtectionServiceTest, AScheduleThatBringsVerifiedBackupsProtects) {
  ASSERT_TRUE(node_.service.Create(OrderOf("0 13 * * *")));
  AddBackup(BackupType::kManual, clock_.Now() - days(1));
  EXPECT_EQ(Look().state, ProtectionState::kProtected);
  clock_.Advance(hours(1));
  ASSERT_TRUE(node_.scheduler.Tick());
  EXPECT_EQ(Look().state, ProtectionState::kProtected) << "the run is under way";
  EXPECT_EQ(Look().days.back().mark, DayMark::kRunning);
  EndBackup(domain::BackupStatus::kCompleted);
  const Protection found = Look();
  EXPECT_EQ(found.state, ProtectionState::kProtected);
  EXPECT_THAT(found.reasons, IsEmpty());
  EXPECT_EQ(found.schedules, 1);
  EXPECT_EQ(found.next_run_at, At("2026-01-02T13:00:00Z"));
  EXPECT_EQ(found.days.back().mark, DayMark::kVerified);
}

TEST_F(ProtectionServiceTest, ARunThatBroughtNothingIsAMissedWindow) {
  ASSERT_TRUE(node_.service.Create(OrderOf("0 13 * * *")));
  AddBackup(BackupType::kManual, clock_.Now() - days(1));
  clock_.Advance(hours(1));
  ASSERT_TRUE(node_.scheduler.Tick());
  EndBackup(domain::BackupStatus::kFailed);
  const Protection found = Look();
  EXPECT_TRUE(found.is_window_missed);
  EXPECT_EQ(found.state, ProtectionState::kAtRisk);
  EXPECT_THAT(found.reasons, ElementsAre(HasSubstr("brought no verified backup")));
  EXPECT_EQ(found.days.back().mark, DayMark::kMissed);
}

TEST_F(ProtectionServiceTest, ARunThatNobodyBeginsIsAMissedWindow) {
  ASSERT_TRUE(node_.service.Create(OrderOf("0 13 * * *")));
  AddBackup(BackupType::kManual, clock_.Now() - days(1));
  clock_.Advance(hours(1) + minutes(9));
  EXPECT_FALSE(Look().is_window_missed);
  clock_.Advance(minutes(2));
  EXPECT_TRUE(Look().is_window_missed);
}

}  // namespace
}  // namespace reprise::upkeep
