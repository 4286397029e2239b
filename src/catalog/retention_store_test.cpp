#include "catalog/retention_store.hpp"

#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

using domain::Backup;
using domain::BackupStatus;
using domain::BackupType;
using std::chrono::days;

class RetentionStoreTest : public ::testing::TestWithParam<testing::CatalogKind> {
 protected:
  RetentionStoreTest() {
    domain::Environment shop;
    shop.id = {"e1"};
    shop.project_id = catalog_.project();
    shop.server_id = catalog_.server();
    shop.name = "shop";
    EXPECT_TRUE(environments_.Insert(shop));
  }
  void Add(const std::string& id, BackupType type, BackupStatus status, bool is_verified, int age) {
    Backup backup;
    backup.id = {id};
    backup.project_id = catalog_.project();
    backup.environment_id = {"e1"};
    backup.task_id = {"t" + id};
    backup.name = id;
    backup.type = type;
    backup.status = status;
    backup.is_verified = is_verified;
    backup.created_at = clock_.Now() - days(age);
    EXPECT_TRUE(backups_.Insert(backup));
  }
  void AddRestore(const std::string& id, const std::string& of, const std::string& before,
                  domain::RestoreStatus status, const std::string& previous) {
    domain::RestorePoint restore;
    restore.id = {id};
    restore.backup_id = {of};
    restore.pre_restore_backup_id = {before};
    restore.project_id = catalog_.project();
    restore.target_environment_id = {"e1"};
    restore.target_server_id = catalog_.server();
    restore.status = status;
    restore.previous_db_name = previous;
    EXPECT_TRUE(restores_.Insert(restore));
  }
  bool InUse(const std::string& id) {
    const auto facts = retention_.FactsOf({"e1"}).value();
    for (const domain::RetainedBackup& one : facts.backups) {
      if (one.id.value == id) return one.in_use;
    }
    ADD_FAILURE() << id << " is not there";
    return false;
  }

  ManualClock clock_{ParseInstant("2026-01-31T00:00:00Z").value()};
  testing::TemporaryCatalog catalog_{GetParam()};
  EnvironmentStore environments_{catalog_.database(), clock_};
  BackupStore backups_{catalog_.database(), clock_};
  RestoreStore restores_{catalog_.database(), clock_};
  RetentionStore retention_{catalog_.database(), clock_};
};
INSTANTIATE_TEST_SUITE_P(On, RetentionStoreTest, ::testing::ValuesIn(testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

TEST_P(RetentionStoreTest, APolicyOfTheEnvironmentWinsOverItsProjects) {
  const domain::EnvironmentId shop{"e1"};
  EXPECT_EQ(retention_.PolicyOf(shop).value().policy, domain::RetentionPolicy());
  EXPECT_EQ(retention_.PolicyOf(shop).value().source, PolicySource::kDefault);
  const domain::RetentionPolicy of_project{.daily = 1,
                                           .weekly = 2,
                                           .monthly = 3,
                                           .yearly = 4,
                                           .before_changes_days = 5,
                                           .manual_days = 6,
                                           .time_zone = "Asia/Tokyo"};
  ASSERT_TRUE(retention_.Put(catalog_.project(), of_project));
  EXPECT_EQ(retention_.PolicyOf(shop).value().policy, of_project);
  EXPECT_EQ(retention_.PolicyOf(shop).value().source, PolicySource::kProject);
  ASSERT_TRUE(retention_.Put(shop, {.daily = 9}));
  ASSERT_TRUE(retention_.Put(shop, {.daily = 10}));
  EXPECT_EQ(retention_.PolicyOf(shop).value().policy.daily, 10);
  EXPECT_EQ(retention_.PolicyOf(shop).value().source, PolicySource::kEnvironment);
  ASSERT_TRUE(retention_.Remove(shop));
  EXPECT_EQ(retention_.PolicyOf(shop).value().policy, of_project);
  EXPECT_EQ(retention_.PolicyOf(domain::EnvironmentId{"e9"}).error().code, ErrorCode::kNotFound);
}

TEST_P(RetentionStoreTest, TheRuleSeesCompletedBackupsOnly) {
  Add("b1", BackupType::kScheduled, BackupStatus::kCompleted, true, 1);
  Add("b2", BackupType::kManual, BackupStatus::kCompleted, false, 2);
  Add("b3", BackupType::kScheduled, BackupStatus::kRunning, false, 0);
  Add("b4", BackupType::kScheduled, BackupStatus::kFailed, false, 0);
  Add("b5", BackupType::kScheduled, BackupStatus::kDeleted, true, 0);
  const auto facts = retention_.FactsOf({"e1"}).value();
  ASSERT_EQ(facts.backups.size(), 2U);
  EXPECT_EQ(facts.backups[0].id.value, "b1");
  EXPECT_TRUE(facts.backups[0].is_verified);
  EXPECT_EQ(facts.backups[1].type, BackupType::kManual);
  EXPECT_FALSE(facts.backups[1].is_verified);
  EXPECT_EQ(retention_.EnvironmentsWithBackups().value().size(), 1U);
  EXPECT_EQ(retention_.LastCompleted({"e1"}).value()->id.value, "b1");
  EXPECT_EQ(retention_.LastVerified({"e1"}).value()->id.value, "b1");
  EXPECT_EQ(retention_.MarksSince({"e1"}, clock_.Now() - days(1)).value().size(), 3U);
}

TEST_P(RetentionStoreTest, WhatARestoreReadsOrAnUndoMayNeedIsInUse) {
  for (const char* id : {"b1", "b2", "b3", "b4"}) {
    Add(id, BackupType::kPreRestore, BackupStatus::kCompleted, true, 1);
  }
  AddRestore("r1", "b1", "b2", domain::RestoreStatus::kPending, "");
  AddRestore("r2", "b3", "b4", domain::RestoreStatus::kCompleted, "shop__old");
  EXPECT_TRUE(InUse("b1"));
  EXPECT_TRUE(InUse("b2"));
  EXPECT_FALSE(InUse("b3"));
  EXPECT_TRUE(InUse("b4")) << "the previous state is kept: an undo is possible";
  ASSERT_TRUE(restores_.Update({"r2"}, [](domain::RestorePoint& row) -> Status {
    row.previous_db_name.clear();
    return {};
  }));
  EXPECT_FALSE(InUse("b4"));
}

TEST_P(RetentionStoreTest, RecordsWhenABackupWillGo) {
  Add("b1", BackupType::kScheduled, BackupStatus::kCompleted, true, 1);
  domain::RetentionDecision decision{{"b1"}, {}, clock_.Now() + days(7)};
  ASSERT_TRUE(retention_.SetExpiry({decision}));
  EXPECT_EQ(backups_.Get({"b1"}).value().expires_at, decision.expires_at);
  decision.expires_at.reset();
  ASSERT_TRUE(retention_.SetExpiry({decision}));
  EXPECT_FALSE(backups_.Get({"b1"}).value().expires_at);
}

}  // namespace
}  // namespace reprise::catalog
