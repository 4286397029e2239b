#include "restore/drill_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::restore {
namespace {

using domain::Drill;

class DrillServiceTest : public ::testing::Test {
 protected:
  DrillServiceTest() {
    domain::Environment shop;
    shop.id = {"e1"};
    shop.project_id = catalog_.project();
    shop.server_id = catalog_.server();
    shop.name = "shop";
    EXPECT_TRUE(environments_.Insert(shop));
  }
  void AddBackup(const std::string& id, bool is_verified) {
    clock_.Advance(std::chrono::hours(1));
    domain::Backup backup;
    backup.id = {id};
    backup.project_id = catalog_.project();
    backup.environment_id = {"e1"};
    backup.status = domain::BackupStatus::kCompleted;
    backup.is_verified = is_verified;
    backup.snapshot.odoo_version = "14.0";
    EXPECT_TRUE(backups_.Insert(backup));
  }

  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::TenancyStore tenancy_{catalog_.database()};
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  catalog::RestoreStore restores_{catalog_.database(), clock_};
  catalog::DrillStore drills_{catalog_.database()};
  jobs::Journal journal_{catalog_.database(), clock_};
  DrillService service_{{.drills = drills_,
                         .backups = backups_,
                         .restores = restores_,
                         .environments = environments_,
                         .tenancy = tenancy_,
                         .journal = journal_,
                         .clock = clock_}};
};

TEST_F(DrillServiceTest, TakesTheNewestVerifiedBackupIntoAnEnvironmentThatNoListShows) {
  AddBackup("b1", true);
  AddBackup("b2", true);
  AddBackup("b3", false);
  const Drill drill = service_.Order({.environment_id = {"e1"}}).value();
  EXPECT_EQ(drill.backup_id.value, "b2");
  EXPECT_EQ(environments_.List({}, {}).value().total, 1);
  EXPECT_EQ(restores_.List({}, {}).value().total, 0);
  ASSERT_EQ(drills_.WithLivingThrowaways().value().size(), 1U);
  EXPECT_EQ(environments_.Get(drill.throwaway_id).value().url, "");
  const domain::RestorePoint restore = restores_.Get(drill.restore_id).value();
  EXPECT_EQ(restore.request.neutralize, domain::Switch::kOn);
  EXPECT_FALSE(restore.request.create_pre_restore_backup);
  EXPECT_EQ(journal_.Get(drill.task_id).value().kind, domain::TaskKind::kDrill);
  EXPECT_EQ(service_.Order({.environment_id = {"e1"}}).error().code, ErrorCode::kTargetBusy);
}

TEST_F(DrillServiceTest, RefusesWhatIsNotVerified) {
  AddBackup("b1", false);
  EXPECT_EQ(service_.Order({.environment_id = {"e1"}}).error().code,
            ErrorCode::kBackupNotAvailable);
  EXPECT_EQ(service_.Order({.backup_id = {"b1"}}).error().code, ErrorCode::kBackupNotAvailable);
  EXPECT_TRUE(drills_.WithLivingThrowaways().value().empty());
}

TEST_F(DrillServiceTest, ACancelBeforeItBeginsEndsAllOfIt) {
  AddBackup("b1", true);
  const Drill drill = service_.Order({.backup_id = {"b1"}}).value();
  ASSERT_TRUE(journal_.RequestCancel(
      drill.task_id, [&](catalog::Transaction& transaction, const domain::Task& task) {
        return DrillService::EndCancelledIn(transaction, clock_, task);
      }));
  EXPECT_EQ(drills_.Get(drill.id).value().status, domain::DrillStatus::kCancelled);
  EXPECT_EQ(restores_.Get(drill.restore_id).value().status, domain::RestoreStatus::kCancelled);
  EXPECT_TRUE(drills_.WithLivingThrowaways().value().empty());
}

}  // namespace
}  // namespace reprise::restore
