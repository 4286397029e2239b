#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore/testing/step_test.hpp"

namespace reprise::restore {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RestoreHouse;
using testing::StepTest;

// A restore that has reserved room, beside another task that asks.
class ReservedSpaceTest : public StepTest {
 protected:
  void Reserve(ByteCount bytes, const domain::ProjectId& project, const std::string& device) {
    const domain::Task other =
        house_.journal.Submit({.kind = domain::TaskKind::kRestore, .project_id = project}).value();
    ASSERT_TRUE(house_.space.Reserve(
        {other.id, std::nullopt, "the restore of \"old\" into \"lab\""}, house_.trio.shop.server_id,
        {{"database", device, bytes}}, [](const auto&) { return Status(); }));
    other_ = other.id.value;
  }
  // What the restore of the house keeps; its task is in no journal.
  [[nodiscard]] std::string Kept() {
    std::string kept;
    const Status read = house_.database().Read([&](catalog::Transaction& tx) -> Status {
      ASSIGN_OR_RETURN(const auto rows,
                       tx.Query("SELECT part, bytes FROM space_reservation WHERE task_id = $1 "
                                "ORDER BY part",
                                {RestoreHouse::kTaskId}));
      for (const catalog::Row& row : rows) {
        kept += row.Text(0) + ":" + std::to_string(row.Int(1)) + " ";
      }
      return {};
    });
    EXPECT_TRUE(read);
    return kept;
  }
  void Finish(std::string_view step) {
    const Status ran = house_.Run(step);
    ASSERT_TRUE(ran) << step << ": " << ran.error().Sentence();
    house_.workflow->StepChanged(step, domain::StepState::kDone);
  }

  std::string other_;
};

TEST_F(ReservedSpaceTest, WhatAnotherTaskWillUseIsNotFreeAndItIsNamed) {
  house_.manifest.database_bytes = 20'000'000'000;
  Open();
  Reserve(21'000'000'000, house_.backup.project_id, "101 101");
  const Error error = FailureOf("validate");
  EXPECT_EQ(error.code, ErrorCode::kNoSpace);
  EXPECT_THAT(
      error.message,
      AllOf(HasSubstr("42.3 GB are free, but 21.0 GB of them are reserved by the restore of "
                      "\"old\" into \"lab\" (task " +
                      other_ + ")"),
            HasSubstr("need about 22.1 GB")));
  EXPECT_THAT(error.hint, HasSubstr("wait until that has ended"));
  EXPECT_EQ(Kept(), "") << "who is refused keeps nothing";
  EXPECT_EQ(house_.Look(), house_.before);
}

TEST_F(ReservedSpaceTest, ATaskOfAnotherProjectIsNotNamed) {
  house_.manifest.database_bytes = 20'000'000'000;
  Open();
  const domain::OrganizationId organization =
      house_.tenancy.GetProject(house_.backup.project_id).value().organization_id;
  ASSERT_TRUE(house_.tenancy.InsertProject({{"p2"}, organization, "other", house_.clock.Now()}));
  Reserve(21'000'000'000, {"p2"}, "101 101");
  const Error error = FailureOf("validate");
  EXPECT_THAT(error.message, HasSubstr("reserved by a task of another project;"));
}

TEST_F(ReservedSpaceTest, AnotherDiskIsAnotherRoom) {
  house_.manifest.database_bytes = 20'000'000'000;
  Open();
  Reserve(21'000'000'000, house_.backup.project_id, "2049");
  EXPECT_TRUE(house_.Run("validate"));
}

TEST_F(ReservedSpaceTest, IsFreedPartByPartAsItIsUsedAndWhollyAtTheEnd) {
  house_.manifest.database_bytes = 1'000'000'000;
  Open();
  Finish("validate");
  const std::string files = "filestore:20 ";
  ASSERT_EQ(Kept(), "database:1164000000 " + files);
  house_.Claim();
  Finish("validate");
  ASSERT_EQ(Kept(), "database:1164000000 " + files) << "asked again, kept once";
  Finish("download");
  Finish("load_database");
  EXPECT_EQ(Kept(), files);
  Finish("stage_filestore");
  EXPECT_EQ(Kept(), "");
}

TEST_F(ReservedSpaceTest, WhatADeadProcessDidNotFreeIsFreedWhenAllOfItIsUsed) {
  Open();
  for (const char* step : {"validate", "download", "load_database", "stage_filestore"}) {
    ASSERT_TRUE(house_.Run(step));
  }
  ASSERT_NE(Kept(), "");
  house_.Claim();
  house_.workflow->StepChanged("prove", domain::StepState::kRunning);
  EXPECT_EQ(Kept(), "");
}

TEST_F(ReservedSpaceTest, ACancelledRestoreKeepsNothing) {
  Open();
  Finish("validate");
  Finish("download");
  ASSERT_NE(Kept(), "");
  const jobs::Failure failure{{ErrorCode::kCancelled, "it was cancelled"}, "load_database"};
  ASSERT_TRUE(house_.workflow->Ended(Context(), failure));
  EXPECT_EQ(Kept(), "");
}

TEST_F(ReservedSpaceTest, InPlaceTheWayBackIsKeptUntilTheEnd) {
  house_.restore.strategy = domain::RestoreStrategy::kInPlace;
  house_.trio.programs.On("pg_database_size", postgres::testing::FakePsql::Rows({{"20000000000"}}));
  Open();
  Finish("validate");
  house_.workflow->StepChanged("load_database", domain::StepState::kDone);
  house_.workflow->StepChanged("stage_filestore", domain::StepState::kDone);
  house_.workflow->StepChanged("prove", domain::StepState::kRunning);
  EXPECT_EQ(Kept(), "database:20000000000 ") << "as large as what was dropped";
  ASSERT_TRUE(house_.workflow->Ended(Context(), std::nullopt));
  EXPECT_EQ(Kept(), "");
}

TEST_F(ReservedSpaceTest, TheSafetyBackupTakesFromTheFolderForArchivesWhenThatIsOnTheSameServer) {
  backup::StorageRoom room{.device = "2049", .free_bytes = 1'000'000'000, .all_bytes = 2};
  room.server = house_.trio.shop.server_id;
  house_.storage_room = [&](const auto&) { return Result<backup::StorageRoom>(room); };
  Open();
  Finish("validate");
  EXPECT_THAT(Kept(), HasSubstr("safety_backup:640"));
  house_.workflow->StepChanged("safety_backup", domain::StepState::kDone);
  EXPECT_THAT(Kept(), Not(HasSubstr("safety_backup")));
  room.free_bytes = 60'000'000;
  const Error error = FailureOf("validate");
  EXPECT_EQ(error.code, ErrorCode::kNoSpace);
  EXPECT_THAT(error.message, HasSubstr("not enough space on the storage folder: 0.1 GB are free, "
                                       "the safety backup needs about 0.1 GB"));
  room.server = {"another"};
  EXPECT_TRUE(house_.Run("validate")) << "that disk is not the target's";
}

TEST_F(ReservedSpaceTest, InPlaceTheSafetyBackupHasNoRoomOfWhatIsDroppedAfterIt) {
  house_.restore.strategy = domain::RestoreStrategy::kInPlace;
  house_.trio.programs.On("pg_database_size",
                          postgres::testing::FakePsql::Rows({{"900000000000"}}));
  // In a folder on the file system of both volumes, which has 42.3 GB free.
  backup::StorageRoom room{.device = "101 101", .free_bytes = 42'300'000'000, .all_bytes = 2};
  room.server = house_.trio.shop.server_id;
  house_.storage_room = [&](const auto&) { return Result<backup::StorageRoom>(room); };
  Open();
  ASSERT_TRUE(house_.Run("validate"));
  domain::Backup last = house_.backup;
  last.id = {"the-last-one"};
  last.environment_id = house_.trio.shop.id;
  last.storage_key = "backups/the-last-one.zip";
  last.compressed_size = 50'000'000'000;
  last.created_at = house_.clock.Now() + std::chrono::hours(1);
  ASSERT_TRUE(house_.backups.Insert(last));
  EXPECT_EQ(FailureOf("validate").code, ErrorCode::kNoSpace)
      << "the live database is still there by then";
}

TEST_F(ReservedSpaceTest, WithoutALookAtTheFolderTheSafetyBackupIsNotJudged) {
  house_.storage_room = [](const auto&) {
    return Result<backup::StorageRoom>(Fail(ErrorCode::kUnavailable, "the mount hangs"));
  };
  Open();
  EXPECT_TRUE(house_.Run("validate"));
}

TEST_F(ReservedSpaceTest, ANewEnvironmentTakesFromTheDiskOfItsServer) {
  house_.restore.request.mode = domain::RestoreMode::kNew;
  house_.backup.database_size = 1'000'000'000;
  house_.backup.filestore_size = 2'000'000'000;
  const docker::MachineLoad load{
      .disk_device = "101 101", .disk_bytes = 100'000'000'000, .disk_free_bytes = 20'000'000'000};
  house_.trio.engines.SetLoad(house_.trio.shop.server_id, load);
  Open();
  ASSERT_TRUE(house_.Run("validate"));
  EXPECT_EQ(Kept(), "database:9500000000 filestore:2000000000 ");
  Reserve(5'000'000'000, house_.backup.project_id, "101 101");
  ASSERT_TRUE(house_.Run("validate")) << "it came first";
  ASSERT_TRUE(house_.space.Free(house_.task.id, std::nullopt));
  ASSERT_TRUE(house_.Run("validate")) << "it fits beside the other";
  ASSERT_TRUE(house_.space.Free(house_.task.id, std::nullopt));
  Reserve(5'000'000'000, house_.backup.project_id, "101 101");
  const Error error = FailureOf("validate");
  EXPECT_EQ(error.code, ErrorCode::kNoSpace);
  EXPECT_THAT(error.message, HasSubstr("on the disk of the server: 20.0 GB are free, but 10.0 GB"));
}

TEST_F(ReservedSpaceTest, ANewEnvironmentsImagesTakeRoomUntilTheyArePulled) {
  house_.restore.request.mode = domain::RestoreMode::kNew;
  house_.backup.database_size = 1'000'000'000;
  house_.backup.snapshot.images = {};
  house_.backup.snapshot.odoo_version = "15.0";
  const docker::MachineLoad load{
      .disk_device = "101 101", .disk_bytes = 100'000'000'000, .disk_free_bytes = 20'000'000'000};
  house_.trio.engines.SetLoad(house_.trio.shop.server_id, load);
  Open();
  ASSERT_TRUE(house_.Run("validate"));
  EXPECT_THAT(Kept(), HasSubstr("images:2500000000"));
  house_.workflow->StepChanged("deploy", domain::StepState::kDone);
  EXPECT_THAT(Kept(), Not(HasSubstr("images")));
}

}  // namespace
}  // namespace reprise::restore
