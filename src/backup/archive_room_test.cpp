#include "backup/archive_room.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backup/backup_maker.hpp"
#include "backup/uploads.hpp"
#include "base/id.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "jobs/journal.hpp"
#include "odoo/testing/fake_trio.hpp"
#include "storage/memory_store.hpp"

namespace reprise::backup {
namespace {

using domain::Backup;
using domain::BackupStatus;
using postgres::testing::FakePsql;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr ByteCount kGb = 1'000'000'000;
const std::string kDump = "-- PostgreSQL database dump\nSELECT 1;\nSELECT 2;\nSELECT 3;\n";

// A folder for archives with 2 GB free, beside the live shop.
class ArchiveRoomTest : public ::testing::Test {
 protected:
  ArchiveRoomTest() {
    trio_.shop.project_id = catalog_.project();
    trio_.shop.server_id = catalog_.server();
    EXPECT_TRUE(environments_.Insert(trio_.shop));
    Add("a");
    Add("b");
  }
  void Add(const std::string& id, ByteCount archive_bytes = 0) {
    Backup backup;
    backup.id = {id};
    backup.name = id;
    backup.project_id = catalog_.project();
    backup.environment_id = trio_.shop.id;
    backup.include_filestore = true;
    backup.status = archive_bytes > 0 ? BackupStatus::kCompleted : BackupStatus::kPending;
    backup.compressed_size = archive_bytes;
    EXPECT_TRUE(backups_.Insert(backup));
  }
  std::optional<catalog::TaskHold> Claimed() {
    EXPECT_TRUE(
        journal_.Submit({.kind = domain::TaskKind::kBackup, .project_id = catalog_.project()}));
    return catalog::HoldOf(journal_.ClaimNext("w", std::chrono::seconds(30)).value()->task);
  }
  Status Reserve(const std::string& backup, const std::optional<catalog::TaskHold>& hold) {
    return maker_.ReserveRoom(Context(), {backup}, {"here", {NewUuid()}, 1}, hold);
  }
  // Room that another task was promised.
  void Promise(ByteCount bytes) {
    const auto task =
        journal_.Submit({.kind = domain::TaskKind::kRestore, .project_id = catalog_.project()});
    ASSERT_TRUE(space_.Reserve({task->id, std::nullopt, "the restore of \"old\""},
                               catalog_.server(), {{"database", "2049", bytes}},
                               [](const auto&) { return Status(); }));
  }
  [[nodiscard]] ByteCount Held() {
    return catalog::SumOf(space_.OnServer(catalog_.server()).value());
  }

  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  odoo::testing::FakeTrio trio_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  catalog::TenancyStore tenancy_{catalog_.database()};
  jobs::Journal journal_{catalog_.database(), clock_};
  storage::MemoryStore store_{clock_};
  catalog::SpaceStore space_{catalog_.database(), clock_};
  StorageRoom folder_{catalog_.server(), "2049", 2 * kGb, 5 * kGb};
  ArchiveRoom room_{
      {.space = &space_, .look = [this](const domain::StorageConfigId& id) -> Result<StorageRoom> {
         if (id.value == "s3") return Fail(ErrorCode::kUnavailable, "it is no folder");
         return folder_;
       }}};
  BackupMaker maker_{{.backups = backups_,
                      .environments = environments_,
                      .store = store_,
                      .engines = trio_.engines,
                      .clock = clock_,
                      .room = room_}};
};

TEST_F(ArchiveRoomTest, TheSecondOfTwoBackupsThatDoNotFitTogetherWaitsUntilTheFirstIsOnTheDisk) {
  Add("last", kGb);
  const auto first = Claimed();
  const auto second = Claimed();
  ASSERT_TRUE(Reserve("a", first));
  EXPECT_EQ(Held(), 1'164'000'000U);
  const Status refused = Reserve("b", second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("not enough space on the storage folder: 2.0 GB are free, but 1.2 GB "
                              "of them are reserved by the backup \"a\" (task " +
                              first->task.value + ")"),
                    HasSubstr("the backup \"b\" needs about 1.2 GB")));
  EXPECT_THAT(refused.error().hint, HasSubstr("wait"));
  ASSERT_TRUE(maker_.FreeRoom(first));
  EXPECT_TRUE(Reserve("b", second));
}

TEST_F(ArchiveRoomTest, AFirstBackupNeedsHalfOfItsDatabaseAndAllOfItsFiles) {
  trio_.programs.On("pg_database_size", FakePsql::Rows({{"1000000000"}}));
  ASSERT_TRUE(Reserve("a", Claimed()));
  const ByteCount files =
      std::string("a file of the shop").size() + std::string("a file in both").size();
  const ByteCount bytes = kGb / 2 + files;
  EXPECT_EQ(Held(), bytes + bytes / 10 + 64'000'000);
  folder_.free_bytes = kGb / 2;
  const Status refused = Reserve("b", Claimed());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
}

TEST_F(ArchiveRoomTest, AFirstBackupWithoutFilesNeedsNoRoomForThem) {
  trio_.programs.On("pg_database_size", FakePsql::Rows({{"1000000000"}}));
  ASSERT_TRUE(backups_.Update({"a"}, [](Backup& row) -> Status {
    row.include_filestore = false;
    return {};
  }));
  ASSERT_TRUE(Reserve("a", Claimed()));
  EXPECT_EQ(Held(), kGb / 2 + kGb / 20 + 64'000'000);
}

TEST_F(ArchiveRoomTest, AnEnvironmentThatCannotBeLookedAtIsNotHeldUp) {
  folder_.free_bytes = 1;
  trio_.programs.On("pg_database_size", {.output = "", .exit_code = 2, .error = "FATAL: no\n"});
  EXPECT_TRUE(Reserve("a", Claimed())) << "its backup will tell why";
  EXPECT_EQ(Held(), 0U);
}

TEST_F(ArchiveRoomTest, ABackupThatGoesElsewhereTakesNothingOfTheFolder) {
  folder_.free_bytes = 1;
  ASSERT_TRUE(backups_.Update({"a"}, [](Backup& row) -> Status {
    row.storage_config_id = {"s3"};
    return {};
  }));
  EXPECT_TRUE(Reserve("a", Claimed()));
  EXPECT_EQ(Held(), 0U);
}

// An archive that arrives as one stream.
class ArrivalRoomTest : public ArchiveRoomTest {
 protected:
  [[nodiscard]] std::unique_ptr<ArrivalRoom> Arrives() {
    return std::make_unique<ArrivalRoom>(context_, room_, clock_,
                                         ArchiveRoom::Wish{.owner = ArrivalOwner("later"),
                                                           .project = catalog_.project(),
                                                           .needs = {{"archive", "the archive"}}});
  }
  static constexpr ByteCount kStep = ArrivalRoom::kStep;
  const Context context_;
};

TEST_F(ArrivalRoomTest, WhatIsOnTheDiskIsFreedStepByStepAndAllAtTheEnd) {
  auto arrives = Arrives();
  ASSERT_TRUE(arrives->Begin(kGb));
  EXPECT_EQ(Held(), kGb);
  ASSERT_TRUE(arrives->Grow(kStep - 1));
  EXPECT_EQ(Held(), kGb) << "the catalog is not told of each piece";
  ASSERT_TRUE(arrives->Grow(kStep));
  EXPECT_EQ(Held(), kGb - kStep);
  arrives.reset();
  EXPECT_EQ(space_.Count().value(), 0);
}

TEST_F(ArrivalRoomTest, ASlowOneIsKeptAnewBeforeItCountsForNothing) {
  const auto arrives = Arrives();
  ASSERT_TRUE(arrives->Begin(kGb));
  for (ByteCount bytes = 1; bytes < 20; ++bytes) {
    clock_.Advance(std::chrono::minutes(1));
    ASSERT_TRUE(arrives->Grow(bytes));
  }
  EXPECT_EQ(Held(), kGb - 19);
}

TEST_F(ArrivalRoomTest, OfUnknownSizeItGrowsInClaimsAsLongAsThereIsRoom) {
  Promise(kGb);
  auto arrives = Arrives();
  ASSERT_TRUE(arrives->Begin(std::nullopt));
  EXPECT_EQ(Held(), kGb + kStep);
  ASSERT_TRUE(arrives->Grow(kStep + 1));
  EXPECT_EQ(Held(), kGb + kStep) << "the first step is on the disk";
  folder_.free_bytes = kGb + kStep - 1;
  const Status refused = arrives->Grow(2 * kStep + 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(refused.error().message, HasSubstr("reserved by the restore of \"old\""));
  arrives.reset();
  EXPECT_EQ(Held(), kGb);
}

// The ways ways in which archives come.
class ArrivingArchiveTest : public ArchiveRoomTest {
 protected:
  ArrivingArchiveTest() { folder_.free_bytes = kGb + 100; }
  Result<Backup> Import(const std::optional<ByteCount>& bytes) {
    StringReader archive(kDump);
    ImportOrder order;
    order.bytes = bytes;
    return service_.Import(Context(), order, archive);
  }
  Result<domain::Upload> Begin(ByteCount bytes) {
    UploadOrder order;
    order.file_name = "shop.sql";
    order.total_bytes = bytes;
    return uploads_.Begin(Context(), order);
  }

  BackupService service_{{.backups = backups_,
                          .environments = environments_,
                          .tenancy = tenancy_,
                          .journal = journal_,
                          .store = store_,
                          .clock = clock_,
                          .room = room_}};
  catalog::UploadStore rows_{catalog_.database(), clock_};
  Uploads uploads_{{.uploads = rows_,
                    .backups = backups_,
                    .tenancy = tenancy_,
                    .store = store_,
                    .service = service_,
                    .clock = clock_,
                    .room = room_}};
};

TEST_F(ArrivingArchiveTest, OneSentAtOnceIsRefusedBeforeItsFirstByteWhereOthersHoldTheRoom) {
  Promise(kGb);
  const auto refused = Import(101);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(refused.error().message,
              HasSubstr("but 1.0 GB of them are reserved by the restore of \"old\""));
  EXPECT_THAT(store_.List(Context(), "").value(), IsEmpty());
  EXPECT_EQ(Held(), kGb);
  EXPECT_EQ(Import(std::nullopt).error().code, ErrorCode::kNoSpace) << "size not told: a step";
  ASSERT_TRUE(Import(100));
  EXPECT_EQ(Held(), kGb) << "it is on the disk";
}

TEST_F(ArrivingArchiveTest, OneInPiecesKeepsRoomForThemAndForItsArchiveUntilThatIsMade) {
  const ByteCount size = kDump.size();
  const domain::Upload upload = Begin(size).value();
  EXPECT_EQ(Held(), 2 * size);
  StringReader first(kDump.substr(0, 20));
  ASSERT_TRUE(uploads_.Append(Context(), upload.id, {0, 20}, first));
  EXPECT_EQ(Held(), 2 * size - 20);
  StringReader rest(kDump.substr(20));
  ASSERT_TRUE(uploads_.Append(Context(), upload.id, {20, size - 20}, rest));
  const Backup backup = uploads_.Complete(upload.id).value();
  EXPECT_EQ(Held(), size);
  const auto claim = journal_.ClaimNext("w", std::chrono::seconds(30)).value();
  const Status stored = uploads_.Store(
      Context(), backup.id, [](double, const std::string&) {}, [] { return Status(); },
      catalog::HoldOf(claim->task));
  ASSERT_TRUE(stored) << stored.error().Sentence();
  EXPECT_EQ(space_.Count().value(), 0);
}

TEST_F(ArrivingArchiveTest, AnUploadThatDoesNotFitBesideOthersIsRefusedAndKeepsNothing) {
  Promise(kGb);
  const auto refused = Begin(51);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(rows_.List({}, {}).value().total, 0);
  EXPECT_EQ(Held(), kGb);
  ASSERT_TRUE(Begin(50));
  const auto after = Import(1);
  ASSERT_FALSE(after);
  EXPECT_THAT(after.error().message, HasSubstr("and archives that are on their way in;"));
}

TEST_F(ArrivingArchiveTest, AnUploadThatIsGivenUpOrBegunTwiceKeepsNoRoomTwice) {
  const domain::Upload upload = Begin(50).value();
  EXPECT_EQ(Held(), 100U);
  ASSERT_TRUE(uploads_.Abandon(Context(), upload.id));
  EXPECT_EQ(space_.Count().value(), 0);
  UploadOrder order;
  order.file_name = "shop.sql";
  order.total_bytes = 20;
  order.idempotency_key = "once";
  ASSERT_TRUE(uploads_.Begin(Context(), order));
  ASSERT_TRUE(uploads_.Begin(Context(), order));
  EXPECT_EQ(Held(), 40U);
}

}  // namespace
}  // namespace reprise::backup
