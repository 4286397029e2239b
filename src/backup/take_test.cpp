// Taking a backup of a shop that runs: what the archive holds, and what stays on the server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "archive/archive_samples.hpp"
#include "archive/verify.hpp"
#include "backup/backup_maker.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "odoo/testing/fake_trio.hpp"
#include "storage/memory_store.hpp"

namespace reprise::backup {
namespace {

using domain::Backup;
using domain::BackupStatus;
using odoo::testing::FakeTrio;
using postgres::testing::FakePsql;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TakeTest : public ::testing::Test {
 protected:
  TakeTest() {
    trio_.shop.project_id = catalog_.project();
    trio_.shop.server_id = catalog_.server();
    EXPECT_TRUE(environments_.Insert(trio_.shop));
    Backup backup;
    backup.id = {"b1"};
    backup.project_id = trio_.shop.project_id;
    backup.environment_id = trio_.shop.id;
    backup.name = "nightly";
    backup.storage_key = "b1.zip";
    EXPECT_TRUE(backups_.Insert(backup));
    trio_.programs.OnProgram("pg_dump", {archive::Fixture("dump-pg15.custom")});
    Name({"a file in both", "a file of the shop"});
  }
  // Contents that attachments of the live database name.
  void Name(const std::vector<std::string>& contents) {
    auto world = trio_.databases.world();
    auto& attachments = world.databases.at("shop-db").attachments;
    attachments.clear();
    for (const std::string& content : contents) {
      attachments.push_back({archive::FilestorePath(content)});
    }
    trio_.databases.Set(world);
  }
  Status Take(const Context& ctx = Context()) {
    return maker_.Take(
        ctx, {"b1"}, owner_, [](double, const std::string&) {},
        [&](std::string warning) { warnings_.push_back(std::move(warning)); });
  }
  [[nodiscard]] Backup Row() { return backups_.Get({"b1"}).value(); }
  [[nodiscard]] bool IsStored() { return store_.Stat(Context(), "b1.zip").has_value(); }
  // Contents of the archive's filestore.
  [[nodiscard]] std::set<std::string> Files() {
    const auto source = store_.Open(Context(), "b1.zip").value();
    const auto reader = archive::OpenBackup(Context(), *source).value();
    std::set<std::string> contents;
    EXPECT_TRUE(reader->VisitFilestore(
        Context(), {}, [&](const archive::FilestoreFile& file, ByteReader& content) -> Status {
          ASSIGN_OR_RETURN(std::string text, ReadAll(Context(), content, file.size));
          contents.insert(std::move(text));
          return {};
        }));
    return contents;
  }
  void ExpectNothingLeftOnTheServer() {
    EXPECT_THAT(trio_.Helpers(), IsEmpty());
    EXPECT_THAT(trio_.files.Names(FakeTrio::kFilestores), ElementsAre("shop-db"));
    EXPECT_TRUE(trio_.Runs("shop_odoo"));
  }

  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  FakeTrio trio_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  storage::MemoryStore store_{clock_};
  BackupMaker maker_{{backups_, environments_, store_, trio_.engines, clock_}};
  odoo::HelperOwner owner_{"here", {"0193b5a0-1234-7abc-8def-01231a2b3c4d"}, 1};
  std::vector<std::string> warnings_;
};

TEST_F(TakeTest, HoldsTheDumpOfTheSnapshotAndTheFilesThatItsRowsName) {
  const Status taken = Take();
  ASSERT_TRUE(taken) << taken.error().Sentence();
  const auto source = store_.Open(Context(), "b1.zip").value();
  const auto report = archive::VerifyBackup(Context(), *source, {});
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_EQ(report->manifest.db_name, "shop-db");
  EXPECT_EQ(report->manifest.postgres_version, "13.23");
  EXPECT_EQ(report->manifest.environment_type, "production");
  EXPECT_EQ(report->manifest.table_rows.at("public.res_users"), 3U);
  EXPECT_THAT(Files(), ElementsAre("a file in both", "a file of the shop"));
  EXPECT_THAT(warnings_, IsEmpty());
  ExpectNothingLeftOnTheServer();
}

TEST_F(TakeTest, IsRecordedButNotCalledCompletedBeforeItIsReadBack) {
  ASSERT_TRUE(Take());
  const auto info = store_.Stat(Context(), "b1.zip").value();
  EXPECT_EQ(Row().status, BackupStatus::kRunning);
  EXPECT_FALSE(Row().is_verified);
  EXPECT_EQ(Row().compressed_size, info.size);
  EXPECT_EQ(Row().sha256.size(), 64U);
  EXPECT_EQ(Row().snapshot.name, "shop");
  ASSERT_TRUE(maker_.Verify(Context(), {"b1"}, [](double, const std::string&) {}, {}));
  EXPECT_EQ(Row().status, BackupStatus::kCompleted);
  EXPECT_TRUE(Row().is_verified);
}

// What Odoo adds or its collector removes after the snapshot belongs to another moment.
TEST_F(TakeTest, TheFilestoreIsThatOfTheSnapshotsMoment) {
  trio_.programs.OnProgram("pg_dump", [&](const FakePsql::Call&) {
    trio_.files.Add(trio_.live_filestore(), "written during the dump");
    auto world = trio_.files.world();
    world.files.erase(trio_.live_filestore() + "/" + archive::FilestorePath("a file of the shop"));
    trio_.files.Set(world);
    return FakePsql::Answer{archive::Fixture("dump-pg15.custom")};
  });
  ASSERT_TRUE(Take());
  EXPECT_THAT(Files(), ElementsAre("a file in both", "a file of the shop"));
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(TakeTest, TheDumpReadsTheExportedSnapshot) {
  ASSERT_TRUE(Take());
  bool dumped = false;
  for (const FakePsql::Call& call : trio_.programs.calls()) {
    if (call.spec.argv.front() != "pg_dump") continue;
    dumped = true;
    EXPECT_THAT(call.spec.argv, ::testing::Contains("--snapshot=00000003-0000001B-1"));
  }
  EXPECT_TRUE(dumped);
}

TEST_F(TakeTest, AnAttachmentWithoutItsFileIsWarnedOf) {
  Name({"a file in both", "lost long ago"});
  ASSERT_TRUE(Take());
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("1 attachments have no file")));
  EXPECT_THAT(Files(), ElementsAre("a file in both"));
}

// A damaged environment is the one that needs its backup most.
TEST_F(TakeTest, ADamagedFileIsLeftOutAndNamedAndTheRestIsTaken) {
  trio_.files.Damage(trio_.live_filestore() + "/" + archive::FilestorePath("a file of the shop"));
  const Status taken = Take();
  ASSERT_TRUE(taken) << taken.error().Sentence();
  EXPECT_THAT(Files(), ElementsAre("a file in both"));
  EXPECT_THAT(warnings_,
              ::testing::Contains(HasSubstr(archive::FilestorePath("a file of the shop"))));
  ExpectNothingLeftOnTheServer();
}

TEST_F(TakeTest, WithoutFilestoreWhenItIsNotWanted) {
  ASSERT_TRUE(backups_.Update({"b1"}, [](Backup& row) -> Status {
    row.include_filestore = false;
    return {};
  }));
  ASSERT_TRUE(Take());
  EXPECT_THAT(Files(), IsEmpty());
  for (const FakePsql::Call& call : trio_.programs.calls()) EXPECT_NE(call.spec.argv.front(), "cp");
}

TEST_F(TakeTest, TheFilesAreReadWhileTheDatabaseIsDumped) {
  const auto reads_files = [&] {
    const auto calls = trio_.programs.calls();
    return std::any_of(calls.begin(), calls.end(),
                       [](const FakePsql::Call& call) { return call.spec.argv.front() == "tar"; });
  };
  trio_.programs.OnProgram("pg_dump", [&](const FakePsql::Call&) {
    for (int looks = 0; looks < 3000 && !reads_files(); ++looks) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_TRUE(reads_files());
    return FakePsql::Answer{archive::Fixture("dump-pg15.custom")};
  });
  ASSERT_TRUE(Take());
  EXPECT_THAT(Files(), ElementsAre("a file in both", "a file of the shop"));
}

TEST_F(TakeTest, AFailedDumpLeavesNoArchiveAndTellsWhatAndWhere) {
  trio_.programs.OnProgram("pg_dump", {.output = "PGDMP half",
                                       .exit_code = 1,
                                       .error = "pg_dump: error: invalid page in block 7\n"});
  const Status taken = Take();
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kDumpFailed);
  EXPECT_THAT(taken.error().Sentence(), HasSubstr("(backing up shop)"));
  EXPECT_FALSE(IsStored());
  ASSERT_TRUE(maker_.Discard(Context(), {"b1"}, owner_));
  ExpectNothingLeftOnTheServer();
}

TEST_F(TakeTest, AStorageThatIsFullIsToldAndLeavesNothing) {
  storage::MemoryStore small(clock_, 1000);
  BackupMaker maker({backups_, environments_, small, trio_.engines, clock_});
  const Status taken = maker.Take(
      Context(), {"b1"}, owner_, [](double, const std::string&) {}, [](auto) {});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kNoSpace);
  ASSERT_TRUE(maker.Discard(Context(), {"b1"}, owner_));
  EXPECT_THAT(small.List(Context(), "").value(), IsEmpty());
  ExpectNothingLeftOnTheServer();
}

// Of the organization: what `others` of its backups have, and what all may have.
class TakeQuotaTest : public TakeTest {
 protected:
  void Limit(ByteCount most) {
    const auto project =
        catalog::TenancyStore(catalog_.database()).GetProject(trio_.shop.project_id);
    EXPECT_TRUE(quotas_.Put(project.value().organization_id, {.stored_bytes = most}));
  }
  void AddOther(const std::string& id, ByteCount bytes) {
    Backup other;
    other.id = {id};
    other.project_id = trio_.shop.project_id;
    other.status = BackupStatus::kCompleted;
    other.compressed_size = bytes;
    other.storage_key = "backups/" + id + ".zip";
    EXPECT_TRUE(backups_.Insert(other));
  }

  catalog::QuotaStore quotas_{catalog_.database(), clock_};
};

TEST_F(TakeQuotaTest, ABackupThatGrowsPastTheQuotaEndsAndLeavesNothing) {
  AddOther("other", 5'000);
  Limit(6'000);
  const Status taken = Take();
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kQuotaExceeded);
  EXPECT_THAT(taken.error().message, HasSubstr("may store 6000 bytes of backups and stores 5000"));
  EXPECT_FALSE(IsStored());
  ASSERT_TRUE(maker_.Discard(Context(), {"b1"}, owner_));
  ExpectNothingLeftOnTheServer();
}

TEST_F(TakeQuotaTest, ABackupThatFitsIsTaken) {
  AddOther("other", 5'000);
  Limit(5'000'000);
  EXPECT_TRUE(Take());
}

// Each had room alone: the one that ends last is refused before its archive takes its place.
TEST_F(TakeQuotaTest, OfTwoAtOnceTheSecondIsRefusedWhenItWouldTakeItsPlace) {
  Limit(1'000'000);
  trio_.programs.OnProgram("pg_dump", [&](const FakePsql::Call&) {
    AddOther("other", 999'990);
    return FakePsql::Answer{archive::Fixture("dump-pg15.custom")};
  });
  const Status taken = Take();
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kQuotaExceeded);
  EXPECT_FALSE(IsStored());
  EXPECT_EQ(Row().compressed_size, 0U);
}

TEST_F(TakeQuotaTest, ASafetyBackupIsTakenWhateverTheQuotaSays) {
  Limit(0);
  ASSERT_TRUE(backups_.Update({"b1"}, [](Backup& row) -> Status {
    row.type = domain::BackupType::kPreRestore;
    return {};
  }));
  const Status taken = Take();
  EXPECT_TRUE(taken) << taken.error().Sentence();
  EXPECT_TRUE(IsStored());
}

TEST_F(TakeTest, ACancelInTheMiddleOfTheDumpLeavesNothing) {
  std::stop_source stop;
  trio_.programs.OnProgram("pg_dump", [&](const FakePsql::Call&) {
    stop.request_stop();
    return FakePsql::Answer{archive::Fixture("dump-pg15.custom")};
  });
  const Status taken = Take(Context(stop.get_token()));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(IsStored());
  ASSERT_TRUE(maker_.Discard(Context(), {"b1"}, owner_));
  ExpectNothingLeftOnTheServer();
}

TEST_F(TakeTest, ASecondAttemptSweepsTheViewOfTheFirstAndTakesOneBackup) {
  trio_.files.Add(FakeTrio::Filestore("reprise_1a2b3c4d_1_view"), "of a process that died");
  trio_.files.Add(FakeTrio::Filestore("reprise_99999999_1_view"), "of another backup");
  owner_.epoch = 2;
  ASSERT_TRUE(Take());
  EXPECT_THAT(trio_.files.Names(FakeTrio::kFilestores),
              ElementsAre("reprise_99999999_1_view", "shop-db"));
  EXPECT_EQ(store_.List(Context(), "").value().size(), 1U);
}

TEST_F(TakeTest, AWorkerThatLostTheTaskDoesNotReplaceTheArchiveOfTheOneThatHasIt) {
  ASSERT_TRUE(Take());
  const auto first = store_.Stat(Context(), "b1.zip").value();
  clock_.Advance(std::chrono::minutes(5));
  const Status taken = maker_.Take(
      Context(), {"b1"}, owner_, [](double, const std::string&) {}, [](const std::string&) {},
      []() -> Status { return Fail(ErrorCode::kLeaseLost, "another worker has it"); });
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kLeaseLost);
  EXPECT_EQ(store_.Stat(Context(), "b1.zip")->modified, first.modified);
}

TEST_F(TakeTest, TheStartIsToldOnce) {
  ASSERT_TRUE(Take());
  const Instant first = clock_.Now();
  clock_.Advance(std::chrono::minutes(5));
  ASSERT_TRUE(Take());
  EXPECT_EQ(Row().started_at, first);
}

}  // namespace
}  // namespace reprise::backup
