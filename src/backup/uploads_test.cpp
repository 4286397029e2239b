#include "backup/uploads.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "base/hash.hpp"
#include "catalog/quota_store.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "storage/memory_store.hpp"

namespace reprise::backup {
namespace {

using domain::Backup;
using domain::Upload;
using domain::UploadStatus;
using ::testing::HasSubstr;

const std::string kDump = "-- PostgreSQL database dump\nSELECT 1;\nSELECT 2;\nSELECT 3;\n";

// Bytes of a text, and then a line that breaks. `before` is called before each read.
class BreakingReader final : public ByteReader {
 public:
  explicit BreakingReader(std::string text, std::function<void()> before = {})
      : text_(std::move(text)), before_(std::move(before)) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    if (before_) before_();
    ASSIGN_OR_RETURN(const std::size_t count,
                     text_.Read(ctx, into.first(std::min<std::size_t>(into.size(), 5))));
    if (count > 0) return count;
    return Fail(ErrorCode::kMalformedRequest, "the body ended before its time");
  }

 private:
  StringReader text_;
  std::function<void()> before_;
};

// A catalog in which something happens right after the next change was committed; what that tells
// is what the writer hears.
class HookedDatabase final : public catalog::Database {
 public:
  explicit HookedDatabase(catalog::Database& database) : database_(database) {}
  void AfterNextWrite(std::function<Status()> hook) { hook_ = std::move(hook); }

  Status Write(const std::function<Status(catalog::Transaction&)>& work) override {
    RETURN_IF_ERROR(database_.Write(work));
    const std::function<Status()> hook = std::exchange(hook_, {});
    return hook ? hook() : Status();
  }
  Status Read(const std::function<Status(catalog::Transaction&)>& work) override {
    return database_.Read(work);
  }

 private:
  catalog::Database& database_;
  std::function<Status()> hook_;
};

class UploadsTest : public ::testing::Test {
 protected:
  Upload Begin(ByteCount bytes = kDump.size(), const std::string& sha256 = "") {
    return uploads_.Begin(Context(), Order(bytes, sha256)).value();
  }
  static UploadOrder Order(ByteCount bytes, const std::string& sha256 = "") {
    UploadOrder order;
    order.owner = "ann";
    order.file_name = "shop.sql";
    order.sha256 = sha256;
    order.total_bytes = bytes;
    return order;
  }
  Result<Upload> Append(const Upload& to, ByteCount offset, const std::string& bytes) {
    StringReader reader(bytes);
    return uploads_.Append(Context(), to.id, {offset, bytes.size()}, reader);
  }
  ByteCount OffsetOf(const Upload& upload) { return rows_.Get(upload.id)->received_bytes; }
  std::size_t Objects(const std::string& prefix) {
    return store_.List(Context(), prefix).value().size();
  }
  Status Store(const Backup& backup) {
    return uploads_.Store(
        Context(), backup.id, [](double, const std::string&) {}, [] { return Status(); },
        std::nullopt);
  }
  [[nodiscard]] std::string Stored(const Backup& backup) {
    const auto object = store_.Open(Context(), backup.storage_key);
    if (!object) return "nothing";
    RangeReader all(**object, 0, (*object)->size());
    return ReadAll(Context(), all, 1 << 20).value();
  }
  void Limit(std::optional<std::uint64_t> bytes) {
    const catalog::Project project = tenancy_.DefaultProject().value();
    ASSERT_TRUE(quotas_.Put(project.organization_id, {.stored_bytes = bytes}));
  }

  ManualClock clock_{FromMicros(1'733'914'800'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  catalog::TenancyStore tenancy_{catalog_.database()};
  catalog::QuotaStore quotas_{catalog_.database(), clock_};
  catalog::UploadStore rows_{catalog_.database(), clock_};
  jobs::Journal journal_{catalog_.database(), clock_};
  storage::MemoryStore store_{clock_};
  HookedDatabase hooked_{catalog_.database()};
  catalog::UploadStore hooked_rows_{hooked_, clock_};
  BackupService service_{{.backups = backups_,
                          .environments = environments_,
                          .tenancy = tenancy_,
                          .journal = journal_,
                          .store = store_,
                          .clock = clock_}};
  Uploads uploads_{{.uploads = rows_,
                    .backups = backups_,
                    .tenancy = tenancy_,
                    .store = store_,
                    .service = service_,
                    .clock = clock_,
                    .part_bytes = 10,
                    .most_bytes = 1000}};
  // Of another node, whose catalog is the hooked one.
  Uploads others_{{.uploads = hooked_rows_,
                   .backups = backups_,
                   .tenancy = tenancy_,
                   .store = store_,
                   .service = service_,
                   .clock = clock_,
                   .part_bytes = 10}};
};

TEST_F(UploadsTest, PiecesBecomeTheBackupThatTheyAre) {
  const Upload upload = Begin(kDump.size(), HashOf(HashKind::kSha256, kDump));
  ASSERT_TRUE(Append(upload, 0, kDump.substr(0, 25)));
  EXPECT_EQ(OffsetOf(upload), 25U);
  ASSERT_TRUE(Append(upload, 25, kDump.substr(25)));
  const Backup backup = uploads_.Complete(upload.id).value();
  EXPECT_EQ(backup.id, upload.id);
  EXPECT_EQ(backup.name, "shop.sql");
  EXPECT_EQ(journal_.Get(backup.task_id)->kind, domain::TaskKind::kImport);
  EXPECT_TRUE(uploads_.Has(backup.id).value());
  const Status stored = Store(backup);
  ASSERT_TRUE(stored) << stored.error().Sentence();
  EXPECT_EQ(Stored(backup), kDump);
  EXPECT_EQ(backups_.Get(backup.id)->sha256, HashOf(HashKind::kSha256, kDump));
}

TEST_F(UploadsTest, WhatHasComeBeforeTheLineBreaksIsKept) {
  const Upload upload = Begin();
  BreakingReader line(kDump.substr(0, 23));
  const auto after = uploads_.Append(Context(), upload.id, {0, kDump.size()}, line);
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code, ErrorCode::kMalformedRequest);
  EXPECT_EQ(OffsetOf(upload), 23U);
  ASSERT_TRUE(Append(upload, 23, kDump.substr(23)));
  ASSERT_TRUE(Store(uploads_.Complete(upload.id).value()));
  EXPECT_EQ(Stored(backups_.Get(upload.id).value()), kDump);
}

TEST_F(UploadsTest, AnotherOffsetIsRefusedAndChangesNothing) {
  const Upload upload = Begin();
  ASSERT_TRUE(Append(upload, 0, kDump.substr(0, 20)));
  for (const ByteCount offset : {0U, 19U, 21U}) {
    const auto refused = Append(upload, offset, "x");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
    EXPECT_THAT(refused.error().message, HasSubstr("stands at byte 20"));
  }
  EXPECT_EQ(OffsetOf(upload), 20U);
}

TEST_F(UploadsTest, OfTwoWritersTheLaterHasItAndTheirBytesNeverMix) {
  const Upload upload = Begin();
  bool was_overtaken = false;
  const auto overtake = [&] {
    if (was_overtaken) return;
    was_overtaken = true;
    ASSERT_TRUE(Append(upload, 0, kDump.substr(0, 15)));
  };
  BreakingReader slow(std::string(kDump.size(), 'x'), overtake);
  const auto first = uploads_.Append(Context(), upload.id, {0, kDump.size()}, slow);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::kConflict);
  EXPECT_EQ(OffsetOf(upload), 15U);
  EXPECT_EQ(Objects("uploads/"), 2U) << "the slower one's part is removed";
  ASSERT_TRUE(Append(upload, 15, kDump.substr(15)));
  ASSERT_TRUE(Store(uploads_.Complete(upload.id).value()));
  EXPECT_EQ(Stored(backups_.Get(upload.id).value()), kDump);
}

TEST_F(UploadsTest, APartWhoseRecordGotNoAnswerIsKept) {
  const Upload upload = Begin();
  const auto lose = [&] {
    hooked_.AfterNextWrite(
        []() -> Status { return Fail(ErrorCode::kUnavailable, "the answer was lost"); });
  };
  BreakingReader line(kDump, lose);  // once bytes come, the claim is taken: the record is lost
  const auto after = others_.Append(Context(), upload.id, {0, kDump.size()}, line);
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(OffsetOf(upload), 10U);
  ASSERT_TRUE(Append(upload, 10, kDump.substr(10)));
  const Status stored = Store(uploads_.Complete(upload.id).value());
  ASSERT_TRUE(stored) << stored.error().Sentence();
  EXPECT_EQ(Stored(backups_.Get(upload.id).value()), kDump);
}

TEST_F(UploadsTest, MoreBytesThanWereToComeAreRefused) {
  const Upload upload = Begin(20);
  EXPECT_EQ(Append(upload, 0, std::string(21, 'x')).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(OffsetOf(upload), 0U) << "told in advance";
  StringReader unannounced(std::string(21, 'x'));
  const auto after = uploads_.Append(Context(), upload.id, {0, std::nullopt}, unannounced);
  EXPECT_EQ(after.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(uploads_.Begin(Context(), Order(1001)).error().code, ErrorCode::kPayloadTooLarge);
}

TEST_F(UploadsTest, OneThatLacksBytesIsNotComplete) {
  const Upload upload = Begin();
  ASSERT_TRUE(Append(upload, 0, kDump.substr(0, 20)));
  const auto backup = uploads_.Complete(upload.id);
  ASSERT_FALSE(backup);
  EXPECT_EQ(backup.error().code, ErrorCode::kConflict);
  EXPECT_THAT(backup.error().message, HasSubstr("20 of"));
  EXPECT_EQ(rows_.Get(upload.id)->status, UploadStatus::kUploading);
}

TEST_F(UploadsTest, CompletedTwiceItIsOneBackupAndTakesNoMoreBytes) {
  const Upload upload = Begin();
  ASSERT_TRUE(Append(upload, 0, kDump));
  const Backup first = uploads_.Complete(upload.id).value();
  EXPECT_EQ(uploads_.Complete(upload.id)->task_id, first.task_id);
  EXPECT_EQ(Append(upload, kDump.size(), "").error().code, ErrorCode::kConflict);
  EXPECT_EQ(uploads_.Abandon(Context(), upload.id).error().code, ErrorCode::kConflict);
}

TEST_F(UploadsTest, TheSameIdempotencyKeyIsTheSameUploadOfTheSamePerson) {
  UploadOrder order = Order(20);
  order.idempotency_key = "once";
  const Upload first = uploads_.Begin(Context(), order).value();
  ASSERT_TRUE(Append(first, 0, "abc"));
  EXPECT_EQ(uploads_.Begin(Context(), order)->id, first.id);
  EXPECT_EQ(uploads_.Begin(Context(), order)->received_bytes, 3U);
  order.owner = "bob";
  EXPECT_NE(uploads_.Begin(Context(), order)->id, first.id);
}

TEST_F(UploadsTest, AllOfItsBytesCountForTheQuotaFromTheBeginning) {
  Limit(kDump.size() + 10);
  const Upload upload = Begin();
  EXPECT_EQ(uploads_.Begin(Context(), Order(11)).error().code, ErrorCode::kQuotaExceeded);
  ASSERT_TRUE(Append(upload, 0, kDump));
  const catalog::Project project = tenancy_.DefaultProject().value();
  const Backup backup = uploads_.Complete(upload.id).value();
  EXPECT_EQ(quotas_.UseOf(project.organization_id)->stored_bytes, kDump.size()) << "counted once";
  ASSERT_TRUE(Store(backup));
  EXPECT_EQ(quotas_.UseOf(project.organization_id)->stored_bytes, kDump.size());
  const Upload other = Begin(10);
  ASSERT_TRUE(uploads_.Abandon(Context(), other.id));
  EXPECT_EQ(quotas_.UseOf(project.organization_id)->stored_bytes, kDump.size());
}

TEST_F(UploadsTest, GivenUpItLeavesNothing) {
  const Upload upload = Begin();
  ASSERT_TRUE(Append(upload, 0, kDump.substr(0, 35)));
  EXPECT_EQ(Objects("uploads/"), 4U);
  ASSERT_TRUE(uploads_.Abandon(Context(), upload.id));
  EXPECT_EQ(Objects(""), 0U);
  EXPECT_EQ(rows_.Get(upload.id).error().code, ErrorCode::kNotFound);
}

TEST_F(UploadsTest, GivenUpWhileAnotherNodeSweepsItIsGoneAllTheSame) {
  const Upload upload = Begin();
  ASSERT_TRUE(Append(upload, 0, kDump.substr(0, 20)));
  hooked_.AfterNextWrite([&] { return uploads_.Sweep(Context()); });
  const Status given_up = others_.Abandon(Context(), upload.id);
  EXPECT_TRUE(given_up) << given_up.error().Sentence();
  EXPECT_EQ(Objects(""), 0U);
  EXPECT_EQ(rows_.Get(upload.id).error().code, ErrorCode::kNotFound);
}

TEST_F(UploadsTest, ItExpiresADayAfterItsLastBytes) {
  const Upload upload = Begin();
  clock_.Advance(std::chrono::hours(23));
  ASSERT_TRUE(Append(upload, 0, kDump.substr(0, 20)));
  clock_.Advance(std::chrono::hours(23));
  ASSERT_TRUE(uploads_.Sweep(Context()));
  EXPECT_EQ(OffsetOf(upload), 20U);
  clock_.Advance(std::chrono::hours(2));
  ASSERT_TRUE(uploads_.Sweep(Context()));
  EXPECT_EQ(rows_.Get(upload.id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Objects(""), 0U);
}

TEST_F(UploadsTest, PartsStayAsLongAsTheImportMayNeedThem) {
  const Upload upload = Begin();
  ASSERT_TRUE(Append(upload, 0, kDump));
  const Backup backup = uploads_.Complete(upload.id).value();
  clock_.Advance(std::chrono::hours(100));
  ASSERT_TRUE(uploads_.Sweep(Context()));
  ASSERT_TRUE(Store(backup));
  ASSERT_TRUE(journal_.RequestCancel(backup.task_id));
  ASSERT_TRUE(uploads_.Sweep(Context()));
  EXPECT_EQ(Objects("uploads/"), 0U);
  EXPECT_EQ(Stored(backup), kDump);
  EXPECT_EQ(rows_.Get(upload.id)->status, UploadStatus::kEnded);
  EXPECT_TRUE(uploads_.Has(backup.id).value()) << "its task has the same steps for ever";
}

TEST_F(UploadsTest, AnotherFileThanWasToldIsNotStored) {
  const Upload upload = Begin(kDump.size(), std::string(64, '0'));
  ASSERT_TRUE(Append(upload, 0, kDump));
  const Backup backup = uploads_.Complete(upload.id).value();
  const Status stored = Store(backup);
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(Stored(backup), "nothing");
}

TEST_F(UploadsTest, WhatIsNoBackupIsToldByTheFilesName) {
  const Upload upload = Begin(5);
  ASSERT_TRUE(Append(upload, 0, "hello"));
  const Status stored = Store(uploads_.Complete(upload.id).value());
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::kFormatUnsupported);
  EXPECT_THAT(stored.error().message, HasSubstr("shop.sql"));
}

TEST_F(UploadsTest, APartThatWasChangedInTheStorageIsNoticed) {
  const Upload upload = Begin();
  ASSERT_TRUE(Append(upload, 0, kDump));
  const std::string address = rows_.PartsOf(upload.id)->at(1).address;
  const auto writer = store_.Create(Context(), address).value();
  ASSERT_TRUE(writer->Write(Context(), BytesOf(std::string_view("short"))));
  ASSERT_TRUE(writer->Close(Context()));
  EXPECT_EQ(Store(uploads_.Complete(upload.id).value()).error().code, ErrorCode::kArchiveCorrupt);
}

TEST_F(UploadsTest, AFullStorageIsToldBeforeAndWhileBytesCome) {
  storage::MemoryStore small(clock_, kDump.size() * 2);
  Uploads uploads({.uploads = rows_,
                   .backups = backups_,
                   .tenancy = tenancy_,
                   .store = small,
                   .service = service_,
                   .clock = clock_,
                   .part_bytes = 10});
  const auto refused = uploads.Begin(Context(), Order(kDump.size() + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(refused.error().message, HasSubstr("twice as much"));
  EXPECT_THAT(refused.error().hint, HasSubstr("--at-once"));
  const Upload upload = uploads.Begin(Context(), Order(kDump.size())).value();
  const auto others = small.Create(Context(), "others").value();
  ASSERT_TRUE(others->Write(Context(), BytesOf(std::string(kDump.size() * 2 - 25, 'o'))));
  ASSERT_TRUE(others->Close(Context()));
  StringReader bytes(kDump);
  const auto full = uploads.Append(Context(), upload.id, {0, kDump.size()}, bytes);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(OffsetOf(upload), 20U) << "what had room is kept";
  ASSERT_TRUE(small.Delete(Context(), "others"));
  StringReader rest(kDump.substr(20));
  ASSERT_TRUE(uploads.Append(Context(), upload.id, {20, std::nullopt}, rest));
  EXPECT_EQ(OffsetOf(upload), kDump.size());
}

}  // namespace
}  // namespace reprise::backup
