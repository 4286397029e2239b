#include "catalog/archive_part_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "catalog/access_stores.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

using domain::BackupStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Keys = std::set<std::string>;

class ArchivePartStoreTest : public ::testing::TestWithParam<testing::CatalogKind> {
 protected:
  ArchivePartStoreTest() {
    Add("b1");
    Add("b2");
  }
  domain::Backup Add(const std::string& id) {
    domain::Backup backup;
    backup.id = {id};
    backup.project_id = catalog_.project();
    backup.name = "backup " + id;
    backup.status = BackupStatus::kRunning;
    backup.storage_key = "backups/e/" + id + ".recipe";
    EXPECT_TRUE(backups_.Insert(backup));
    return backup;
  }
  domain::Backup Row(const std::string& id) { return backups_.Get({id}).value(); }
  void End(const std::string& id, BackupStatus status) {
    EXPECT_TRUE(backups_.Update({id}, [&](domain::Backup& row) -> Status {
      row.status = status;
      return {};
    }));
  }
  // A part that `maker` has stored.
  void Store(const std::string& id, const std::string& maker, ByteCount bytes = 10) {
    Begin(id, maker);
    EXPECT_TRUE(parts_.Claim(id, Row(maker), bytes, {}));
    EXPECT_TRUE(parts_.MarkStored(id, {}));
  }
  void Begin(const std::string& id, const std::string& maker) {
    ArchivePart part;
    part.id = id;
    part.project_id = catalog_.project();
    part.made_by = {maker};
    part.storage_key = "parts/p/" + id;
    EXPECT_TRUE(parts_.Begin(part, {}));
  }
  std::vector<std::string> Unused() {
    std::vector<std::string> ids;
    const auto unused = parts_.TakeUnused(100).value();
    for (const ArchivePart& part : unused) ids.push_back(part.id);
    return ids;
  }
  std::vector<std::string> UsedBy(const std::string& id) {
    std::vector<std::string> ids;
    const auto used = parts_.UsedBy({id}).value();
    for (const ArchivePart& part : used) ids.push_back(part.id);
    return ids;
  }

  testing::TemporaryCatalog catalog_{GetParam()};
  SystemClock clock_;
  BackupStore backups_{catalog_.database(), clock_};
  ArchivePartStore parts_{catalog_.database(), clock_};
};
INSTANTIATE_TEST_SUITE_P(Catalogs, ArchivePartStoreTest,
                         ::testing::Values(testing::CatalogKind::kSqlite,
                                           testing::CatalogKind::kPostgres),
                         ::testing::PrintToStringParamName());

TEST_P(ArchivePartStoreTest, APartStaysAsLongAsABackupThatIsNotOverUsesIt) {
  Store("p1", "b1");
  EXPECT_EQ(parts_.Use(Row("b2"), {"parts/p/p1", "parts/p/none"}, {}).value(), Keys{"parts/p/p1"});
  End("b1", BackupStatus::kCompleted);
  EXPECT_THAT(Unused(), IsEmpty());
  End("b1", BackupStatus::kDeleted);
  EXPECT_THAT(Unused(), IsEmpty());
  End("b2", BackupStatus::kCompleted);
  EXPECT_THAT(Unused(), IsEmpty());
  End("b2", BackupStatus::kDeleted);
  EXPECT_THAT(Unused(), ElementsAre("p1"));
  EXPECT_THAT(Unused(), ElementsAre("p1")) << "until it is removed";
  ASSERT_TRUE(parts_.Remove("p1"));
  EXPECT_THAT(Unused(), IsEmpty());
}

TEST_P(ArchivePartStoreTest, OfWhatADeletedBackupUsedNothingIsRememberedForEver) {
  Store("dump", "b1");
  Store("files", "b1");
  ASSERT_TRUE(parts_.Use(Row("b2"), {"parts/p/files"}, {}));
  End("b1", BackupStatus::kDeleted);
  EXPECT_THAT(Unused(), ElementsAre("dump"));
  EXPECT_THAT(UsedBy("b1"), ElementsAre("dump")) << "until that is removed";
  EXPECT_THAT(UsedBy("b2"), ElementsAre("files"));
}

TEST_P(ArchivePartStoreTest, OfABackupThatNeverCameAboutNothingStays) {
  for (const BackupStatus status : {BackupStatus::kFailed, BackupStatus::kCancelled}) {
    Begin("half", "b1");
    EXPECT_THAT(Unused(), IsEmpty());
    End("b1", status);
    EXPECT_THAT(Unused(), ElementsAre("half"));
    ASSERT_TRUE(parts_.Remove("half"));
    End("b1", BackupStatus::kRunning);
  }
}

TEST_P(ArchivePartStoreTest, WhatIsBeingDeletedOrIsNotWholeIsNotGranted) {
  Store("gone", "b1");
  End("b1", BackupStatus::kDeleted);
  ASSERT_THAT(Unused(), ElementsAre("gone"));
  Begin("half", "b2");
  Add("b3");
  EXPECT_THAT(parts_.Use(Row("b3"), {"parts/p/gone", "parts/p/half"}, {}).value(), IsEmpty());
  EXPECT_THAT(UsedBy("b3"), IsEmpty());
}

TEST_P(ArchivePartStoreTest, OfAnotherStorageOrProjectNothingIsGranted) {
  Store("p1", "b1");
  domain::Backup elsewhere = Row("b2");
  elsewhere.storage_config_id = {"s1"};
  EXPECT_THAT(parts_.Use(elsewhere, {"parts/p/p1"}, {}).value(), IsEmpty());
  elsewhere = Row("b2");
  elsewhere.project_id = {"another"};
  EXPECT_THAT(parts_.Use(elsewhere, {"parts/p/p1"}, {}).value(), IsEmpty());
}

TEST_P(ArchivePartStoreTest, AFoundArchiveGetsAllOfItsPartsThatAreKnownWhereverTheyLie) {
  Store("p1", "b1");
  Store("p2", "b1");
  ASSERT_TRUE(parts_.Doubt(Row("b1"), {"parts/p/p2"}));
  domain::Backup found = Row("b2");
  found.storage_config_id = {"the same storage, registered once more"};
  ASSERT_TRUE(parts_.UseFound(found, {"parts/p/p1", "parts/p/p2", "parts/p/none"}, {}));
  End("b2", BackupStatus::kCompleted);
  End("b1", BackupStatus::kDeleted);
  EXPECT_THAT(Unused(), IsEmpty());
  EXPECT_THAT(UsedBy("b2"), UnorderedElementsAre("p1", "p2"));
}

TEST_P(ArchivePartStoreTest, AFoundArchiveGetsNoneWhenOneIsNotItsToHave) {
  Store("gone", "b1");
  End("b1", BackupStatus::kDeleted);
  ASSERT_THAT(Unused(), ElementsAre("gone"));
  Store("p1", "b2");
  Begin("half", "b2");
  const domain::Backup found = Add("b3");
  const auto code_of = [&](const domain::Backup& backup, const Keys& keys) {
    const Status granted = parts_.UseFound(backup, keys, {});
    return granted ? ErrorCode::kInternal : granted.error().code;
  };
  EXPECT_EQ(code_of(found, {"parts/p/gone", "parts/p/p1"}), ErrorCode::kBackupNotAvailable);
  EXPECT_EQ(code_of(found, {"parts/p/half", "parts/p/p1"}), ErrorCode::kBackupNotAvailable);
  EXPECT_THAT(UsedBy("b3"), IsEmpty());
  domain::Backup elsewhere = found;
  elsewhere.project_id = {"another"};
  EXPECT_EQ(code_of(elsewhere, {"parts/p/p1"}), ErrorCode::kConflict);
  elsewhere.storage_config_id = {"another"};
  EXPECT_EQ(code_of(elsewhere, {"parts/p/p1"}), ErrorCode::kConflict);
  EXPECT_THAT(UsedBy("b3"), IsEmpty());
}

TEST_P(ArchivePartStoreTest, ABackupGivesUpWhatItDoesNotTakeBytesOf) {
  Store("p1", "b1");
  Store("p2", "b1");
  Store("own", "b2");
  ASSERT_TRUE(parts_.Use(Row("b2"), {"parts/p/p1", "parts/p/p2"}, {}));
  ASSERT_TRUE(parts_.UseOnly(Row("b2"), {"parts/p/p2"}, {}));
  EXPECT_THAT(UsedBy("b2"), UnorderedElementsAre("p2", "own"));
}

TEST_P(ArchivePartStoreTest, AnAttemptThatIsMadeAgainGivesUpWhatTheFormerMade) {
  Store("p1", "b1");
  Store("recipe", "b2");
  Store("own", "b2");
  ASSERT_TRUE(parts_.Use(Row("b2"), {"parts/p/p1"}, {}));
  ASSERT_TRUE(parts_.Restart({"b2"}, {}));
  EXPECT_THAT(UsedBy("b2"), IsEmpty());
  EXPECT_THAT(Unused(), UnorderedElementsAre("recipe", "own"));
}

TEST_P(ArchivePartStoreTest, ARecipeThatIsClaimedIsTheBackupsArchive) {
  Begin("r", "b1");
  const ArchivePart recipe = parts_.UsedBy({"b1"})->front();
  ASSERT_TRUE(parts_.ClaimRecipe(recipe, Row("b1"), 7, {}));
  EXPECT_EQ(Row("b1").storage_key, recipe.storage_key);
  EXPECT_EQ(parts_.UsedBy({"b1"})->front().bytes, 7U);
  EXPECT_NE(Row("b2").storage_key, recipe.storage_key);
}

TEST_P(ArchivePartStoreTest, ABackupIsNotCompletedOnWhatIsBeingDeleted) {
  Store("p1", "b1");
  const auto check = [&] {
    return catalog_.database().Read(
        [](Transaction& tx) { return ArchivePartStore::CheckUsableIn(tx, {"b1"}); });
  };
  EXPECT_TRUE(check());
  End("b1", BackupStatus::kFailed);
  ASSERT_THAT(Unused(), ElementsAre("p1"));
  EXPECT_EQ(check().error().code, ErrorCode::kBackupNotAvailable);
}

TEST_P(ArchivePartStoreTest, OfADamagedPartNoFurtherBackupTakesBytesAndTheOthersAreNamed) {
  Store("p1", "b1");
  Store("p2", "b1");
  ASSERT_TRUE(parts_.Use(Row("b2"), {"parts/p/p1"}, {}));
  End("b2", BackupStatus::kCompleted);
  EXPECT_THAT(parts_.Doubt(Row("b1"), {"parts/p/p1"}).value(), ElementsAre("backup b2"));
  Add("b3");
  EXPECT_EQ(parts_.Use(Row("b3"), {"parts/p/p1", "parts/p/p2"}, {}).value(), Keys{"parts/p/p2"});
}

TEST_P(ArchivePartStoreTest, CountsEachPartOnceInItsOrganizationsQuota) {
  QuotaStore quotas(catalog_.database(), clock_);
  const domain::OrganizationId organization =
      TenancyStore(catalog_.database()).DefaultProject()->organization_id;
  Store("p1", "b1", 100);
  ASSERT_TRUE(parts_.Use(Row("b2"), {"parts/p/p1"}, {}));
  EXPECT_TRUE(backups_.Update({"b1"}, [](domain::Backup& row) -> Status {
    row.compressed_size = 5000;  // as it is downloaded
    return {};
  }));
  EXPECT_EQ(quotas.UseOf(organization)->stored_bytes, 100U);
  domain::Quota quota;
  quota.stored_bytes = 150;
  ASSERT_TRUE(quotas.Put(organization, quota));
  Begin("p2", "b2");
  EXPECT_EQ(parts_.Claim("p2", Row("b2"), 51, {}).error().code, ErrorCode::kQuotaExceeded);
  EXPECT_TRUE(parts_.Claim("p2", Row("b2"), 50, {}));
}

// Whoever comes first: either the part is granted and stays, or it goes and is not granted.
TEST_P(ArchivePartStoreTest, DeletingAndUsingAtOnceNeverLeaveABackupWithoutItsPart) {
  for (int round = 0; round < 20; ++round) {
    const std::string number = std::to_string(round);
    Add("old" + number);
    const domain::Backup fresh = Add("new" + number);
    Store("part" + number, "old" + number);
    std::vector<std::string> taken;
    {
      const std::jthread deleting([&] {
        End("old" + number, BackupStatus::kDeleted);
        taken = Unused();
      });
      const auto granted = parts_.Use(fresh, {"parts/p/part" + number}, {});
      ASSERT_TRUE(granted) << granted.error().Sentence();
    }
    const bool is_used = !UsedBy("new" + number).empty();
    EXPECT_NE(is_used, !taken.empty());
    for (const std::string& id : taken) ASSERT_TRUE(parts_.Remove(id));
  }
}

}  // namespace
}  // namespace reprise::catalog
