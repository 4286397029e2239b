#include "backup/backup_maker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/backup_writer.hpp"
#include "base/hash.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "docker/fake_engine.hpp"
#include "docker/fixed_engines.hpp"
#include "storage/memory_store.hpp"

namespace reprise::backup {
namespace {

using domain::Backup;
using domain::BackupStatus;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kDump =
    "--\n-- PostgreSQL database dump\n--\nSELECT 1;\n-- PostgreSQL database dump complete\n";

// An archive of ours with one file in its filestore.
std::string Archive(archive::Manifest manifest) {
  StringWriter sink;
  const auto writer = archive::BackupWriter::Create(sink);
  StringReader dump{std::string(kDump)};
  EXPECT_TRUE(writer->WriteDump(Context(), dump));
  const std::string sha1 = HashOf(HashKind::kSha1, "a file");
  StringReader file("a file");
  EXPECT_TRUE(writer->AddFile(Context(), sha1.substr(0, 2) + "/" + sha1, 6, file));
  manifest.has_filestore = true;
  EXPECT_TRUE(writer->Finish(Context(), std::move(manifest)));
  return sink.Take();
}

class BackupMakerTest : public ::testing::Test {
 protected:
  void Put(const std::string& content) {
    auto object = store_.Create(Context(), "b1.zip").value();
    ASSERT_TRUE(object->Write(Context(), BytesOf(content)));
    ASSERT_TRUE(object->Close(Context()));
  }
  void Insert(BackupStatus status, bool verified = false, ByteCount size = 0) {
    Backup backup;
    backup.id = {"b1"};
    backup.project_id = catalog_.project();
    backup.name = "nightly";
    backup.storage_key = "b1.zip";
    backup.status = status;
    backup.is_verified = verified;
    backup.compressed_size = size;
    ASSERT_TRUE(backups_.Insert(backup));
  }
  Status Verify() {
    return maker_.Verify(
        Context(), {"b1"}, [](double, const std::string&) {},
        [&](std::string warning) { warnings_.push_back(std::move(warning)); });
  }
  // The row after its task has ended with `code`.
  Backup Ended(ErrorCode code) {
    EXPECT_TRUE(maker_.MarkEnded({"b1"}, Error{code, "it went wrong"}));
    return Row();
  }
  [[nodiscard]] Backup Row() { return backups_.Get({"b1"}).value(); }

  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  storage::MemoryStore store_{clock_};
  docker::FakeEngine engine_;
  docker::FixedEngines engines_{engine_};
  BackupMaker maker_{{backups_, environments_, store_, engines_, clock_}};
  std::vector<std::string> warnings_;
};

TEST_F(BackupMakerTest, VerifyRecordsWhatTheArchiveHoldsAndMarksIt) {
  const std::string archive = Archive({.db_name = "shop-db",
                                       .odoo_version = "14.0",
                                       .postgres_version = "13.23",
                                       .environment_name = "shop",
                                       .environment_type = "staging",
                                       .modules = {{"base", "14.0.1.3"}},
                                       .extensions = {"unaccent"},
                                       .images = {{"odoo", "odoo:14"}, {"db", "postgres:13"}}});
  Put(archive);
  Insert(BackupStatus::kRunning, false, archive.size());
  const Status verified = Verify();
  ASSERT_TRUE(verified) << verified.error().Sentence();
  const Backup row = Row();
  EXPECT_EQ(row.status, BackupStatus::kCompleted);
  EXPECT_TRUE(row.is_verified);
  EXPECT_EQ(row.verified_at, clock_.Now());
  EXPECT_EQ(row.completed_at, clock_.Now());
  EXPECT_EQ(row.format, "reprise");
  EXPECT_TRUE(row.include_filestore);
  EXPECT_EQ(row.compressed_size, archive.size());
  EXPECT_EQ(row.database_size, kDump.size());
  EXPECT_EQ(row.filestore_size, 6U);
  EXPECT_EQ(row.total_size, kDump.size() + 6);
  EXPECT_EQ(row.snapshot.name, "shop");
  EXPECT_EQ(row.snapshot.type, domain::EnvironmentType::kStaging);
  EXPECT_EQ(row.snapshot.odoo_version, "14.0");
  EXPECT_EQ(row.snapshot.db_name, "shop-db");
  EXPECT_EQ(row.snapshot.images.odoo, "odoo:14");
  EXPECT_EQ(row.snapshot.images.pgbouncer, "");
  EXPECT_EQ(row.snapshot.modules.at("base"), "14.0.1.3");
}

TEST_F(BackupMakerTest, WhatDoesNotSayWhatItWasIsTreatedAsProduction) {
  Put(Archive({.db_name = "shop-db"}));
  Insert(BackupStatus::kPending);
  ASSERT_TRUE(Verify());
  EXPECT_EQ(Row().snapshot.type, domain::EnvironmentType::kProduction);
}

TEST_F(BackupMakerTest, ASecondVerificationKeepsWhenItWasCompleted) {
  Put(Archive({.db_name = "shop-db"}));
  Insert(BackupStatus::kPending);
  ASSERT_TRUE(Verify());
  const Instant first = clock_.Now();
  clock_.Advance(std::chrono::hours(24));
  ASSERT_TRUE(Verify());
  EXPECT_EQ(Row().completed_at, first);
  EXPECT_EQ(Row().verified_at, clock_.Now());
}

TEST_F(BackupMakerTest, AWorkerThatLostItsTaskRecordsNothing) {
  Put(Archive({.db_name = "shop-db"}));
  Insert(BackupStatus::kRunning);
  const Status verified = maker_.Verify(
      Context(), {"b1"}, [](double, const std::string&) {}, [](const std::string&) {},
      [] { return Fail(ErrorCode::kLeaseLost, "another worker has it"); });
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::kLeaseLost);
  EXPECT_EQ(Row().status, BackupStatus::kRunning);
  EXPECT_FALSE(Row().is_verified);
}

TEST_F(BackupMakerTest, AnArchiveOfAnotherSizeThanWasWrittenIsCorrupt) {
  const std::string archive = Archive({.db_name = "shop-db"});
  Put(archive);
  Insert(BackupStatus::kRunning, false, archive.size() + 1);
  EXPECT_EQ(Verify().error().code, ErrorCode::kArchiveCorrupt);
  EXPECT_FALSE(Row().is_verified);
  EXPECT_EQ(Row().status, BackupStatus::kRunning);
}

TEST_F(BackupMakerTest, AChangedByteIsFound) {
  std::string archive = Archive({.db_name = "shop-db"});
  const std::size_t at = archive.find("SELECT 1;");
  ASSERT_NE(at, std::string::npos);
  archive[at + 7] = '2';
  Put(archive);
  Insert(BackupStatus::kCompleted, true, archive.size());
  const Status verified = Verify();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::kArchiveCorrupt);
  EXPECT_THAT(verified.error().Sentence(), HasSubstr("nightly"));
}

TEST_F(BackupMakerTest, WhatIsNoBackupIsRefused) {
  Put("this is no archive");
  Insert(BackupStatus::kPending);
  EXPECT_FALSE(Verify());
  EXPECT_FALSE(Row().is_verified);
}

TEST_F(BackupMakerTest, AFailedOrCancelledTaskEndsABackupThatWasNotDone) {
  Insert(BackupStatus::kRunning);
  const Backup failed = Ended(ErrorCode::kDumpFailed);
  EXPECT_EQ(failed.status, BackupStatus::kFailed);
  EXPECT_EQ(failed.error_message, "it went wrong");
  EXPECT_EQ(failed.completed_at, clock_.Now());
  EXPECT_EQ(Ended(ErrorCode::kCancelled).status, BackupStatus::kCancelled);
}

TEST_F(BackupMakerTest, ABackupThatDoesNotVerifyAnyMoreLosesItsMarkAndStaysCompleted) {
  Insert(BackupStatus::kCompleted, true);
  const Backup row = Ended(ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(row.status, BackupStatus::kCompleted);
  EXPECT_FALSE(row.is_verified);
  EXPECT_EQ(row.error_message, "it went wrong");
}

TEST_F(BackupMakerTest, ACancelledVerificationSaysNothingAboutTheBackup) {
  Insert(BackupStatus::kCompleted, true);
  const Backup row = Ended(ErrorCode::kCancelled);
  EXPECT_TRUE(row.is_verified);
  EXPECT_EQ(row.error_message, "");
}

// Otherwise one that lost its mark by a fault of the storage could never be verified again.
TEST_F(BackupMakerTest, ABackupWithoutItsMarkStaysCompletedAlsoTheSecondTime) {
  Insert(BackupStatus::kCompleted, false);
  EXPECT_EQ(Ended(ErrorCode::kStorageFailed).status, BackupStatus::kCompleted);
  EXPECT_EQ(Ended(ErrorCode::kCancelled).status, BackupStatus::kCompleted);
}

TEST_F(BackupMakerTest, DiscardRemovesTheArchiveOfABackupThatIsNotDone) {
  Put("half of it");
  Insert(BackupStatus::kRunning);
  ASSERT_TRUE(maker_.Discard(Context(), {"b1"}, {}));
  EXPECT_THAT(store_.List(Context(), "").value(), IsEmpty());
  EXPECT_TRUE(maker_.Discard(Context(), {"b1"}, {})) << "again, when nothing is left";
}

TEST_F(BackupMakerTest, DiscardNeverTouchesACompletedBackup) {
  Put("an archive");
  Insert(BackupStatus::kCompleted);
  ASSERT_TRUE(maker_.Discard(Context(), {"b1"}, {}));
  EXPECT_TRUE(store_.Stat(Context(), "b1.zip"));
}

TEST_F(BackupMakerTest, DiscardOfABackupWhoseOdooIsGoneStillRemovesTheArchive) {
  domain::Environment shop;
  shop.id = {"e1"};
  shop.project_id = catalog_.project();
  shop.server_id = catalog_.server();
  shop.name = "shop";
  shop.containers.odoo = "shop_odoo";
  ASSERT_TRUE(environments_.Insert(shop));
  Put("half of it");
  Insert(BackupStatus::kRunning);
  ASSERT_TRUE(backups_.Update({"b1"}, [](Backup& row) -> Status {
    row.environment_id = {"e1"};
    return {};
  }));
  ASSERT_TRUE(maker_.Discard(Context(), {"b1"}, {}));
  EXPECT_FALSE(store_.Stat(Context(), "b1.zip"));
}

}  // namespace
}  // namespace reprise::backup
