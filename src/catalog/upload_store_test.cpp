#include "catalog/upload_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/quota_store.hpp"
#include "catalog/storage_store.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

using domain::Upload;
using domain::UploadStatus;
using ::testing::HasSubstr;

class UploadStoreTest : public ::testing::TestWithParam<testing::CatalogKind> {
 protected:
  UploadStoreTest() {
    EXPECT_TRUE(tenancy_.InsertProject(
        {project_, tenancy_.DefaultProject()->organization_id, "shop", clock_.Now()}));
  }
  [[nodiscard]] Upload Make(const std::string& id, ByteCount bytes) const {
    Upload upload;
    upload.id = {id};
    upload.project_id = project_;
    upload.owner = "ann";
    upload.file_name = id + ".zip";
    upload.total_bytes = bytes;
    upload.created_at = clock_.Now();
    upload.expires_at = clock_.Now() + std::chrono::hours(1);
    return upload;
  }
  Upload Add(const std::string& id, ByteCount bytes = 10) {
    return uploads_.Insert(Make(id, bytes)).value();
  }
  Result<Upload> Record(const Upload& upload, ByteCount bytes) {
    return uploads_.Record(upload, {upload.received_bytes, bytes, "uploads/x"},
                           clock_.Now() + std::chrono::hours(1));
  }

  ManualClock clock_{FromMicros(1'733'914'800'000'000)};
  testing::TemporaryCatalog catalog_{GetParam()};
  TenancyStore tenancy_{catalog_.database()};
  QuotaStore quotas_{catalog_.database(), clock_};
  UploadStore uploads_{catalog_.database(), clock_};
  const domain::ProjectId project_{"p1"};
};

INSTANTIATE_TEST_SUITE_P(, UploadStoreTest, ::testing::ValuesIn(testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

TEST_P(UploadStoreTest, ARowReadsBackAsItWasWritten) {
  Upload upload = Make("u", 20);
  upload.name = "n";
  upload.notes = "notes";
  upload.fingerprint = "f";
  upload.sha256 = "ab";
  upload.place = {{"storage"}, true};
  upload.idempotency_key = "once";
  ASSERT_TRUE(uploads_.Insert(upload));
  const Upload read = uploads_.Get(upload.id).value();
  EXPECT_EQ(read.name, "n");
  EXPECT_EQ(read.notes, "notes");
  EXPECT_EQ(read.fingerprint, "f");
  EXPECT_EQ(read.sha256, "ab");
  EXPECT_EQ(read.place.storage_config_id.value, "storage");
  EXPECT_TRUE(read.place.is_sealed);
  EXPECT_EQ(read.total_bytes, 20U);
  EXPECT_EQ(read.expires_at, upload.expires_at);
  EXPECT_EQ(read.status, UploadStatus::kUploading);
  EXPECT_FALSE(uploads_.Find({"another"}).value());
}

TEST_P(UploadStoreTest, OnlyWhoHasTheClaimRecordsAndOnlyWhereItStood) {
  Add("u");
  const Upload first = uploads_.Claim({"u"}, 0, "one").value();
  const Upload second = uploads_.Claim({"u"}, 0, "two").value();
  EXPECT_EQ(Record(first, 4).error().code, ErrorCode::kConflict);
  EXPECT_EQ(Record(second, 3)->received_bytes, 3U);
  EXPECT_EQ(Record(second, 3).error().code, ErrorCode::kConflict) << "it stands further on";
  EXPECT_EQ(uploads_.Claim({"u"}, 0, "three").error().code, ErrorCode::kConflict);
  ASSERT_EQ(uploads_.PartsOf({"u"})->size(), 1U);
  EXPECT_EQ(uploads_.PartsOf({"u"})->at(0).bytes, 3U);
}

TEST_P(UploadStoreTest, ListsArePeoplesOwn) {
  Add("u");
  Upload others = Make("v", 1);
  others.owner = "bob";
  ASSERT_TRUE(uploads_.Insert(others));
  EXPECT_EQ(uploads_.List({.owner = "ann"}, {1, 20})->total, 1);
  EXPECT_EQ(
      uploads_.List({.owner = "ann", .among = std::vector<domain::ProjectId>{}}, {1, 20})->total,
      0);
  EXPECT_EQ(uploads_.List({.status = UploadStatus::kEnded}, {1, 20})->total, 0);
}

TEST_P(UploadStoreTest, BytesToComeCountUntilTheyAreGivenUp) {
  const domain::OrganizationId organization = tenancy_.DefaultProject()->organization_id;
  ASSERT_TRUE(quotas_.Put(organization, {.stored_bytes = 15}));
  Add("u");
  EXPECT_EQ(uploads_.Insert(Make("v", 6)).error().code, ErrorCode::kQuotaExceeded);
  ASSERT_TRUE(uploads_.Abandon({"u"}));
  EXPECT_TRUE(uploads_.Insert(Make("v", 6)));
  EXPECT_EQ(quotas_.UseOf(organization)->stored_bytes, 6U);
}

TEST_P(UploadStoreTest, WhatHasExpiredIsTakenOverAndForgotten) {
  Add("u");
  const Upload claimed = uploads_.Claim({"u"}, 0, "one").value();
  EXPECT_TRUE(uploads_.TakeOver()->empty());
  clock_.Advance(std::chrono::hours(2));
  ASSERT_EQ(uploads_.TakeOver()->size(), 1U);
  EXPECT_EQ(Record(claimed, 4).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(uploads_.ForgetParts({"u"}));
  EXPECT_EQ(uploads_.Get({"u"}).error().code, ErrorCode::kNotFound);
}

TEST_P(UploadStoreTest, AProjectStaysAsLongAsAnUploadComesIntoIt) {
  Add("u");
  const Status refused = tenancy_.DeleteProject(project_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("upload of \"u.zip\""));
  ASSERT_TRUE(uploads_.Abandon({"u"}));
  ASSERT_TRUE(uploads_.ForgetParts({"u"}));
  EXPECT_TRUE(tenancy_.DeleteProject(project_));
}

TEST_P(UploadStoreTest, AStorageStaysAsLongAsAnUploadComesIntoIt) {
  StorageStore storages(catalog_.database());
  domain::StorageConfig storage;
  storage.id = {"s"};
  storage.organization_id = tenancy_.DefaultProject()->organization_id;
  storage.name = "offsite";
  ASSERT_TRUE(storages.Insert(storage));
  Upload upload = Make("u", 10);
  upload.place.storage_config_id = storage.id;
  ASSERT_TRUE(uploads_.Insert(upload));
  EXPECT_EQ(storages.Delete(storage.id).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(uploads_.Abandon({"u"}));
  ASSERT_TRUE(uploads_.ForgetParts({"u"}));
  EXPECT_TRUE(storages.Delete(storage.id));
}

}  // namespace
}  // namespace reprise::catalog
