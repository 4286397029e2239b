#include "upkeep/retention_service.hpp"

#include <gmock/gmock.h>

#include "catalog/mount_store.hpp"
#include "upkeep/testing/upkeep_bench.hpp"

namespace reprise::upkeep {
namespace {

using domain::BackupType;
using std::chrono::days;
using std::chrono::hours;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RetentionServiceTest : public testing::UpkeepBench {
 protected:
  RetentionServiceTest() {
    EXPECT_TRUE(node_.retention.Put(domain::EnvironmentId{"e1"},
                                    {.daily = 2, .weekly = 0, .monthly = 0, .yearly = 0}));
  }
  domain::BackupId AddScheduled(int age) {
    return AddBackup(BackupType::kScheduled, clock_.Now() - days(age));
  }
};

TEST_F(RetentionServiceTest, DeletesWhatNoRuleKeepsAndSaysBeforehandWhat) {
  const auto today = AddScheduled(0);
  const auto yesterday = AddScheduled(1);
  const auto older = AddScheduled(2);
  const auto by_hand = AddBackup(BackupType::kManual, clock_.Now() - days(99));
  const RetentionPlan plan = node_.retention_service.Preview({"e1"}).value();
  EXPECT_EQ(plan.effective.source, catalog::PolicySource::kEnvironment);
  ASSERT_EQ(plan.lines.size(), 4U);
  EXPECT_EQ(plan.lines[2].backup.id, older);
  EXPECT_FALSE(plan.lines[2].decision.is_kept());
  EXPECT_FALSE(IsDeleted(older)) << "a preview changes nothing";
  const RetentionResult result = node_.retention_service.Apply(Context(), {"e1"}).value();
  EXPECT_THAT(result.deleted, ElementsAre(older));
  EXPECT_THAT(result.left, IsEmpty());
  EXPECT_TRUE(IsDeleted(older));
  for (const auto& id : {today, yesterday, by_hand}) EXPECT_FALSE(IsDeleted(id));
  EXPECT_EQ(node_.backups.Get(yesterday).value().expires_at, At("2026-01-02T00:00:00Z"));
  EXPECT_FALSE(node_.backups.Get(today).value().expires_at);
  EXPECT_THAT(node_.retention_service.Apply(Context(), {"e1"}).value().deleted, IsEmpty());
}

TEST_F(RetentionServiceTest, OneMarkedToBeKeptStaysUntilTheMarkIsTakenOff) {
  AddScheduled(0);
  AddScheduled(1);
  const auto older = AddScheduled(2);
  ASSERT_TRUE(node_.backup_service.KeepForever(older, backup::Keep::kForever));
  ASSERT_TRUE(node_.retention_service.Sweep(Context()));
  EXPECT_FALSE(IsDeleted(older));
  EXPECT_THAT(node_.backup_service.Delete(Context(), older, older.value).error().message,
              HasSubstr("kept forever"));
  ASSERT_TRUE(node_.backup_service.KeepForever(older, backup::Keep::kAsLongAsItsPolicySays));
  ASSERT_TRUE(node_.retention_service.Sweep(Context()));
  EXPECT_TRUE(IsDeleted(older));
}

TEST_F(RetentionServiceTest, TheLastVerifiedBackupStaysHoweverOldItIs) {
  const auto only = AddBackup(BackupType::kPreRestore, clock_.Now() - days(900));
  const auto before = AddBackup(BackupType::kPreRestore, clock_.Now() - days(901));
  ASSERT_TRUE(node_.retention_service.Sweep(Context()));
  EXPECT_FALSE(IsDeleted(only));
  EXPECT_TRUE(IsDeleted(before));
}

TEST_F(RetentionServiceTest, WhatATaskUsesIsLeftForTheNextSweep) {
  AddScheduled(0);
  AddScheduled(1);
  const auto older = AddScheduled(2);
  ASSERT_TRUE(node_.backup_service.Verify(older));
  const RetentionResult result = node_.retention_service.Apply(Context(), {"e1"}).value();
  EXPECT_THAT(result.deleted, IsEmpty());
  EXPECT_THAT(result.left, ElementsAre(HasSubstr("may use this backup")));
  EndTasks();
  EXPECT_THAT(node_.retention_service.Apply(Context(), {"e1"}).value().deleted, ElementsAre(older));
}

TEST_F(RetentionServiceTest, WhatIsMountedIsLeftUntilItIsNot) {
  AddScheduled(0);
  AddScheduled(1);
  domain::Mount mount;
  mount.id = {"m1"};
  mount.project_id = catalog_.project();
  mount.backup_id = AddScheduled(2);
  mount.environment_id = {"e1"};
  mount.status = domain::MountStatus::kMounted;
  mount.database_name = "shop__r1_1";
  catalog::MountStore mounts(catalog_.database());
  ASSERT_TRUE(catalog_.database().Write([&](catalog::Transaction& transaction) {
    return catalog::MountStore::InsertIn(transaction, mount);
  }));
  const RetentionResult result = node_.retention_service.Apply(Context(), {"e1"}).value();
  EXPECT_THAT(result.deleted, IsEmpty());
  EXPECT_THAT(result.left, ElementsAre(HasSubstr("is mounted (m1)")));
  const std::string& id = mount.backup_id.value;
  EXPECT_EQ(node_.backup_service.Delete(Context(), {id}, id).error().code, ErrorCode::kConflict);
  EXPECT_FALSE(IsDeleted(mount.backup_id));
  ASSERT_TRUE(mounts.Update(mount.id, std::nullopt, [](domain::Mount& row) -> Status {
    row.status = domain::MountStatus::kEnded;
    row.database_name.clear();
    return {};
  }));
  ASSERT_TRUE(node_.retention_service.Sweep(Context()));
  EXPECT_TRUE(IsDeleted(mount.backup_id));
}

TEST_F(RetentionServiceTest, WhatHasChangedSinceItWasPlannedCounts) {
  const auto newest = AddScheduled(0);
  AddScheduled(1);
  const auto older = AddScheduled(2);
  // The newest one turns out broken right before the older one is marked deleted.
  const auto refused = node_.backup_service.Expire(
      Context(), older, [&](catalog::Transaction& transaction) -> Status {
        RETURN_IF_ERROR(
            transaction.Execute("UPDATE backup SET is_verified = 0 WHERE id = $1", {newest.value}));
        ASSIGN_OR_RETURN(const auto facts, catalog::RetentionStore::FactsIn(transaction, {"e1"}));
        const auto decisions = domain::PlanRetention(facts.policy, facts.backups, clock_.Now());
        EXPECT_TRUE(decisions[2].is_kept());
        return Fail(ErrorCode::kConflict, "kept");
      });
  EXPECT_FALSE(refused);
  EXPECT_FALSE(IsDeleted(older));
}

}  // namespace
}  // namespace reprise::upkeep
