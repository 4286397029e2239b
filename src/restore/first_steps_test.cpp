// The steps that look, read and save, before anything is loaded: each by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore/testing/step_test.hpp"

namespace reprise::restore {
namespace {

using domain::BackupStatus;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RestoreHouse;
using testing::StepTest;

using ValidateStepTest = StepTest;

TEST_F(ValidateStepTest, LooksAndChangesNothing) {
  Open();
  ASSERT_TRUE(house_.Run("validate"));
  EXPECT_EQ(house_.Look(), house_.before);
  EXPECT_EQ(house_.Row().started_at, house_.clock.Now());
  EXPECT_TRUE(house_.Undo("validate"));
  EXPECT_EQ(house_.Look(), house_.before);
}

TEST_F(ValidateStepTest, TheStartIsToldOnceAlsoAfterACrash) {
  Open();
  ASSERT_TRUE(house_.Run("validate"));
  const Instant first = house_.clock.Now();
  house_.clock.Advance(std::chrono::minutes(1));
  ASSERT_TRUE(house_.Run("validate"));
  EXPECT_EQ(house_.Row().started_at, first);
}

TEST_F(ValidateStepTest, RemovesTheHelpersOfAFormerAttemptFirst) {
  Open();
  docker::ContainerSpec spec;
  spec.name = "reprise_aaaa0001_1_load";
  spec.image = "odoo:14";
  spec.labels = {{odoo::kTaskLabel, RestoreHouse::kTaskId}};
  ASSERT_TRUE(house_.trio.engine.Create(Context(), spec));
  spec.name = "reprise_bbbb0001_1_load";
  spec.labels = {{odoo::kTaskLabel, "another"}};
  ASSERT_TRUE(house_.trio.engine.Create(Context(), spec));
  ASSERT_TRUE(house_.trio.engine.CreateNetwork(
      Context(), {.name = "net", .labels = {{odoo::kTaskLabel, RestoreHouse::kTaskId}}}));
  ASSERT_TRUE(house_.Run("validate"));
  EXPECT_THAT(house_.trio.Helpers(), ElementsAre("reprise_bbbb0001_1_load"));
  EXPECT_THAT(house_.trio.engine.ListNetworks(Context(), {}).value(), IsEmpty());
}

TEST_F(ValidateStepTest, AContainerThatIsGoneIsNamed) {
  for (const std::string container : {"shop_pgbouncer", "shop_db", "shop_odoo"}) {
    RestoreHouse house;
    house.Open();
    house.Claim();
    ASSERT_TRUE(house.trio.engine.Remove(Context(), container));
    const Status ran = house.Run("validate");
    ASSERT_FALSE(ran) << container;
    EXPECT_EQ(ran.error().code, ErrorCode::kContainerMissing);
    EXPECT_THAT(ran.error().message, HasSubstr(container));
  }
}

TEST_F(ValidateStepTest, ADatabaseThatDoesNotRunIsToldWithItsCommand) {
  Open();
  ASSERT_TRUE(house_.trio.engine.Stop(Context(), "shop_db", std::chrono::seconds(1)));
  const Error error = FailureOf("validate");
  EXPECT_EQ(error.code, ErrorCode::kContainerFailed);
  EXPECT_THAT(error.hint, HasSubstr("docker start shop_db"));
}

TEST_F(ValidateStepTest, AStoppedOdooIsLookedIntoByAHelperWhichGoes) {
  Open();
  ASSERT_TRUE(house_.trio.engine.Stop(Context(), "shop_odoo", std::chrono::seconds(1)));
  ASSERT_TRUE(house_.Run("validate"));
  EXPECT_THAT(house_.trio.engine.calls(), Contains("create reprise_aaaa0001_1_look"));
  EXPECT_THAT(house_.trio.Helpers(), IsEmpty());
  EXPECT_FALSE(house_.trio.Runs("shop_odoo"));
}

TEST_F(ValidateStepTest, AnotherOdooThanTheBackupsIsRefused) {
  house_.backup.snapshot.odoo_version = "15.0";
  Open();
  const Error error = FailureOf("validate");
  EXPECT_EQ(error.code, ErrorCode::kIncompatible);
  EXPECT_THAT(error.message, AllOf(HasSubstr("15.0"), HasSubstr("14.0")));
}

TEST_F(ValidateStepTest, ABackupWithoutAVersionIsOnlyWarnedOf) {
  house_.backup.snapshot.odoo_version.clear();
  Open();
  ASSERT_TRUE(house_.Run("validate"));
  EXPECT_THAT(house_.Row().warnings, ElementsAre(HasSubstr("which Odoo version")));
  ASSERT_TRUE(house_.Run("validate"));
  EXPECT_EQ(house_.Row().warnings.size(), 1U) << "once, however often it runs";
}

TEST_F(ValidateStepTest, ABackupThatLostItsMarkMeanwhileIsRefused) {
  house_.backup.is_verified = false;
  Open();
  EXPECT_EQ(FailureOf("validate").code, ErrorCode::kBackupNotAvailable);
}

TEST_F(ValidateStepTest, AnArchiveOfAnotherSizeOrGoneIsNotAvailable) {
  Open();
  house_.Store(house_.Archive() + "more");
  EXPECT_EQ(FailureOf("validate").code, ErrorCode::kBackupNotAvailable);
  house_.manifest.odoo_version.clear();
  const std::string shorter = house_.Archive();
  ASSERT_LT(shorter.size(), house_.backup.compressed_size);
  house_.Store(shorter);
  EXPECT_EQ(FailureOf("validate").code, ErrorCode::kBackupNotAvailable);
  ASSERT_TRUE(house_.store.Delete(Context(), house_.backup.storage_key));
  EXPECT_EQ(FailureOf("validate").code, ErrorCode::kBackupNotAvailable);
}

TEST_F(ValidateStepTest, ADiskWithoutRoomForTwoIsToldWithNumbersAndTheWayOut) {
  house_.manifest.database_bytes = 50'000'000'000;
  Open();
  const Error error = FailureOf("validate");
  EXPECT_EQ(error.code, ErrorCode::kNoSpace);
  EXPECT_THAT(error.message, AllOf(HasSubstr("42.3 GB are free"), HasSubstr("55.1 GB")));
  EXPECT_THAT(error.hint, HasSubstr("in_place"));
}

TEST_F(ValidateStepTest, InPlaceTheRoomOfTheLiveDatabaseCounts) {
  house_.restore.strategy = domain::RestoreStrategy::kInPlace;
  house_.manifest.database_bytes = 50'000'000'000;
  house_.trio.programs.On("pg_database_size", postgres::testing::FakePsql::Rows({{"20000000000"}}));
  Open();
  const Status ran = house_.Run("validate");
  EXPECT_TRUE(ran) << ran.error().Sentence();
}

using DownloadStepTest = StepTest;

TEST_F(DownloadStepTest, AnArchiveThatWasExchangedInStorageIsFoundBeforeAnythingIsLoaded) {
  Open();
  ASSERT_TRUE(house_.Run("download"));
  house_.dump_body = "SELECT 2;\n";
  const std::string another = house_.Archive();
  ASSERT_EQ(another.size(), house_.backup.compressed_size) << "only its checksum can tell";
  house_.Store(another);
  const Error error = FailureOf("download");
  EXPECT_EQ(error.code, ErrorCode::kArchiveCorrupt);
  EXPECT_THAT(error.message, HasSubstr(house_.backup.sha256));
  EXPECT_EQ(house_.Look(), house_.before);
}

TEST_F(DownloadStepTest, OfASealedArchiveOnlyTheManifestIsReadAndEveryStepHoldsItToThat) {
  house_.sealed = true;
  Open();
  ASSERT_FALSE(house_.backup.manifest_sha256.empty());
  ASSERT_TRUE(house_.Run("download"));
  house_.dump_body = "SELECT 2;\n";
  house_.Store(house_.Archive());
  for (const char* step : {"download", "load_database", "stage_filestore"}) {
    const Error error = FailureOf(step);
    EXPECT_EQ(error.code, ErrorCode::kArchiveCorrupt) << step;
    EXPECT_THAT(error.message, HasSubstr("changed in storage")) << step;
  }
}

// As an incremental one: nobody has seen all of its bytes in a row.
TEST_F(DownloadStepTest, InPlaceOneWithoutASha256IsHeldToItsManifestBeforeTheLiveOneGoes) {
  house_.sealed = true;
  house_.restore.strategy = domain::RestoreStrategy::kInPlace;
  Open();
  ASSERT_TRUE(house_.backups.Update({"b1"}, [](domain::Backup& row) -> Status {
    row.sha256.clear();
    return {};
  }));
  const Status ran = house_.Run("download");
  EXPECT_TRUE(ran) << ran.error().Sentence();
  std::string archive = house_.Archive();
  archive[archive.find("PostgreSQL database dump")] ^= 1;
  house_.Store(archive);
  EXPECT_EQ(FailureOf("download").code, ErrorCode::kArchiveCorrupt);
}

using SafetyBackupStepTest = StepTest;

TEST_F(SafetyBackupStepTest, LeavesAVerifiedBackupOfWhatIsLive) {
  Open();
  const Status ran = house_.Run("safety_backup");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  const domain::Backup safety = house_.backups.Get(house_.Row().pre_restore_backup_id).value();
  EXPECT_EQ(safety.type, domain::BackupType::kPreRestore);
  EXPECT_EQ(safety.status, BackupStatus::kCompleted);
  EXPECT_TRUE(safety.is_verified);
  EXPECT_EQ(safety.environment_id, house_.trio.shop.id);
  EXPECT_TRUE(house_.store.Stat(Context(), safety.storage_key));
  EXPECT_EQ(house_.Look(), house_.before);
}

TEST_F(SafetyBackupStepTest, IsOneBackupHoweverOftenItRuns) {
  Open();
  ASSERT_TRUE(house_.Run("safety_backup"));
  house_.Claim();
  ASSERT_TRUE(house_.Run("safety_backup"));
  EXPECT_EQ(house_.backups.List({.type = domain::BackupType::kPreRestore}, {})->total, 1);
}

TEST_F(SafetyBackupStepTest, WhenPgDumpFailsNothingIsLeftButTheRowThatSaysSo) {
  house_.trio.programs.OnProgram(
      "pg_dump", {.exit_code = 1, .error = "pg_dump: error: invalid page in block 7\n"});
  Open();
  const Error error = FailureOf("safety_backup");
  EXPECT_EQ(error.code, ErrorCode::kDumpFailed);
  EXPECT_THAT(error.Sentence(), HasSubstr("invalid page in block 7"));
  ASSERT_TRUE(house_.Undo("safety_backup"));
  EXPECT_EQ(house_.Look(), house_.before);
  EXPECT_EQ(house_.store.List(Context(), "").value().size(), 1U) << "the backup being restored";
  EXPECT_EQ(house_.backups.Get(house_.Row().pre_restore_backup_id)->status,
            BackupStatus::kCancelled);
}

TEST_F(SafetyBackupStepTest, AStorageThatLosesWhatWasWrittenDoesNotPass) {
  house_.trio.programs.OnProgram("pg_dump", {"no dump at all"});
  Open();
  EXPECT_FALSE(house_.Run("safety_backup"));
  EXPECT_FALSE(house_.backups.Get(house_.Row().pre_restore_backup_id)->is_verified);
}

TEST_F(SafetyBackupStepTest, ACompletedOneIsKeptWhateverBecomesOfTheRestore) {
  Open();
  ASSERT_TRUE(house_.Run("safety_backup"));
  ASSERT_TRUE(house_.Undo("safety_backup"));
  const domain::Backup safety = house_.backups.Get(house_.Row().pre_restore_backup_id).value();
  EXPECT_EQ(safety.status, BackupStatus::kCompleted);
  EXPECT_TRUE(house_.store.Stat(Context(), safety.storage_key));
}

}  // namespace
}  // namespace reprise::restore
