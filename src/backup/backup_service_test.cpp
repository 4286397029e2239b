#include "backup/backup_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "catalog/storage_store.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "domain/archive_owner.hpp"
#include "storage/memory_store.hpp"
#include "storage/routed_store.hpp"

namespace reprise::backup {
namespace {

using domain::Backup;
using domain::BackupStatus;
using domain::Environment;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BackupServiceTest : public ::testing::Test {
 protected:
  BackupServiceTest() {
    Environment shop;
    shop.id = {"e1"};
    shop.project_id = catalog_.project();
    shop.server_id = catalog_.server();
    shop.name = "shop";
    shop.status = domain::EnvironmentStatus::kRunning;
    shop.containers.odoo = "shop_odoo";
    EXPECT_TRUE(environments_.Insert(shop));
  }
  static BackupOrder OrderOf(const std::string& key = "") {
    BackupOrder order;
    order.environment_id = {"e1"};
    order.idempotency_key = key;
    return order;
  }
  Result<Backup> Import(const std::string& content, const ImportOrder& order = {}) {
    StringReader archive(content);
    return service_.Import(Context(), order, archive);
  }
  // A backup that is completed, with its archive, and no task of its own left.
  Backup Completed() {
    const Backup backup = Import("an archive").value();
    EXPECT_TRUE(journal_.RequestCancel(backup.task_id));
    SetStatus(backup.id, BackupStatus::kCompleted);
    return backups_.Get(backup.id).value();
  }
  void SetStatus(const domain::BackupId& id, BackupStatus status) {
    EXPECT_TRUE(backups_.Update(id, [&](Backup& row) -> Status {
      row.status = status;
      return {};
    }));
  }
  void SetQuota(const domain::Quota& quota) {
    const auto project = tenancy_.GetProject(catalog_.project()).value();
    EXPECT_TRUE(
        catalog::QuotaStore(catalog_.database(), clock_).Put(project.organization_id, quota));
  }
  [[nodiscard]] std::int64_t Backups() const {
    return backups_.List({.with_deleted = true}, {}).value().total;
  }
  [[nodiscard]] std::int64_t Tasks() const { return journal_.List({}, {}).value().total; }
  jobs::Claim Claim() {
    return journal_.ClaimNext("worker", std::chrono::seconds(60)).value().value();
  }

  ManualClock clock_{FromMicros(1'733'914'800'000'000)};  // 2024-12-11T11:00:00Z
  catalog::testing::TemporaryCatalog catalog_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  catalog::TenancyStore tenancy_{catalog_.database()};
  jobs::Journal journal_{catalog_.database(), clock_};
  storage::MemoryStore store_{clock_};
  BackupService service_{{backups_, environments_, tenancy_, journal_, store_, clock_}};
};

// With a storage "s1" of the organization, and an archive in it that somebody else has put there.
class ImportByKeyTest : public BackupServiceTest, private storage::StoreDirectory {
 protected:
  ImportByKeyTest() {
    domain::StorageConfig config;
    config.id = {"s1"};
    config.organization_id = tenancy_.GetProject(catalog_.project()).value().organization_id;
    config.name = "theirs";
    EXPECT_TRUE(storages_.Insert(config));
  }
  [[nodiscard]] Result<std::shared_ptr<storage::ObjectStore>> Find(const Context&,
                                                                   std::string_view) override {
    return theirs_;
  }
  void Put(const std::string& key, const std::string& content) {
    const auto writer = theirs_->Create(Context(), key).value();
    EXPECT_TRUE(writer->Write(Context(), BytesOf(content)));
    EXPECT_TRUE(writer->Close(Context()));
  }
  Result<Backup> ImportByKey(const std::string& key) {
    return by_key_.ImportByKey(Context(), {.storage_config_id = {"s1"}, .storage_key = key});
  }

  catalog::StorageStore storages_{catalog_.database()};
  std::shared_ptr<storage::MemoryStore> theirs_ = std::make_shared<storage::MemoryStore>(clock_);
  storage::RoutedStore all_{store_, *this};
  BackupService by_key_{{backups_, environments_, tenancy_, journal_, all_, clock_}};
};

TEST_F(BackupServiceTest, OrderRegistersAPendingBackupAndQueuesItsMaking) {
  BackupOrder order = OrderOf();
  order.type = domain::BackupType::kPreUpgrade;
  order.notes = "before 15";
  order.include_filestore = false;
  const auto backup = service_.Order(order);
  ASSERT_TRUE(backup) << backup.error().Sentence();
  EXPECT_EQ(backup->status, BackupStatus::kPending);
  EXPECT_EQ(backup->type, domain::BackupType::kPreUpgrade);
  EXPECT_EQ(backup->name, "pre_upgrade 2024-12-11T11:00:00Z");
  EXPECT_EQ(backup->notes, "before 15");
  EXPECT_FALSE(backup->include_filestore);
  EXPECT_FALSE(backup->is_verified);
  EXPECT_EQ(backup->storage_key, "backups/e1/" + backup->id.value + ".zip");
  const domain::Task task = journal_.Get(backup->task_id).value();
  EXPECT_EQ(task.kind, domain::TaskKind::kBackup);
  EXPECT_EQ(task.subject_id, backup->id.value);
}

TEST_F(BackupServiceTest, AnIncrementalOneIsARecipeThatIsItsOwn) {
  BackupOrder order = OrderOf();
  order.incremental = true;
  const auto backup = service_.Order(order);
  ASSERT_TRUE(backup) << backup.error().Sentence();
  EXPECT_EQ(backup->storage_key, "backups/e1/" + backup->id.value + ".recipe");
  EXPECT_TRUE(domain::OwnsItsArchive(*backup));
}

TEST_F(BackupServiceTest, OrderKeepsTheNameThatIsGiven) {
  BackupOrder order = OrderOf();
  order.name = "Before the fair";
  EXPECT_EQ(service_.Order(order)->name, "Before the fair");
}

TEST_F(BackupServiceTest, OrderRefusesAnEnvironmentThatIsNotThereOrRemoved) {
  BackupOrder order = OrderOf();
  order.environment_id = {"e9"};
  EXPECT_EQ(service_.Order(order).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(environments_.Update({"e1"}, [](Environment& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  EXPECT_EQ(service_.Order(OrderOf()).error().code, ErrorCode::kConflict);
  EXPECT_EQ(Backups(), 0);
}

TEST_F(BackupServiceTest, OrderTakesOneBackupOfAnEnvironmentAtATime) {
  ASSERT_TRUE(service_.Order(OrderOf()));
  EXPECT_EQ(service_.Order(OrderOf()).error().code, ErrorCode::kTargetBusy);
  EXPECT_EQ(Backups(), 1);
}

TEST_F(BackupServiceTest, OrderWithAKnownKeyGivesTheFirstBackup) {
  const auto first = service_.Order(OrderOf("k1"));
  const auto second = service_.Order(OrderOf("k1"));
  ASSERT_TRUE(second) << second.error().Sentence();
  EXPECT_EQ(second->id, first->id);
  EXPECT_EQ(Backups(), 1);
  EXPECT_EQ(Tasks(), 1);
}

TEST_F(BackupServiceTest, ImportStoresHashesAndQueuesAVerification) {
  const auto backup = Import("an archive", {.name = "from outside", .notes = "by mail"});
  ASSERT_TRUE(backup) << backup.error().Sentence();
  const Backup row = backups_.Get(backup->id).value();
  EXPECT_EQ(row.name, "from outside");
  EXPECT_EQ(row.notes, "by mail");
  EXPECT_EQ(row.type, domain::BackupType::kImported);
  EXPECT_EQ(row.status, BackupStatus::kPending);
  EXPECT_TRUE(row.environment_id.empty());
  EXPECT_EQ(row.project_id, catalog_.project());
  EXPECT_EQ(row.compressed_size, 10U);
  EXPECT_EQ(row.sha256, HashOf(HashKind::kSha256, "an archive"));
  EXPECT_FALSE(row.is_verified);
  const auto object = store_.Open(Context(), row.storage_key).value();
  RangeReader reader(*object, 0, object->size());
  EXPECT_EQ(ReadAll(Context(), reader, 100).value(), "an archive");
  EXPECT_EQ(journal_.Get(row.task_id)->kind, domain::TaskKind::kImport);
}

TEST_F(BackupServiceTest, ImportLeavesNothingOfAnUploadThatFails) {
  EXPECT_EQ(Import("").error().code, ErrorCode::kFormatUnsupported);
  EXPECT_EQ(Import("x", {.project_id = {"p9"}}).error().code, ErrorCode::kNotFound);
  std::stop_source stop;
  stop.request_stop();
  StringReader archive("an archive");
  EXPECT_EQ(service_.Import(Context(stop.get_token()), {}, archive).error().code,
            ErrorCode::kCancelled);
  EXPECT_EQ(Backups(), 0);
  EXPECT_EQ(Tasks(), 0);
  EXPECT_THAT(store_.List(Context(), "").value(), IsEmpty());
}

TEST_F(BackupServiceTest, AnImportPastTheQuotaIsRefusedAndLeavesNothing) {
  SetQuota({.stored_bytes = 15});
  ASSERT_TRUE(Import("an archive"));
  const auto second = Import("an archive");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kQuotaExceeded);
  EXPECT_EQ(Backups(), 1);
  EXPECT_EQ(store_.List(Context(), "").value().size(), 1U);
  EXPECT_TRUE(Import("small"));
}

// Two uploads at once: each had room when it began.
TEST_F(BackupServiceTest, AnImportThatFindsTheQuotaUsedUpAtItsEndLeavesNothing) {
  class LateReader final : public ByteReader {
   public:
    explicit LateReader(std::function<void()> at_end) : at_end_(std::move(at_end)) {}
    [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
      ASSIGN_OR_RETURN(const std::size_t count, text_.Read(ctx, into));
      if (count == 0) at_end_();
      return count;
    }

   private:
    StringReader text_{"an archive that is longer than the magic"};
    std::function<void()> at_end_;
  };
  SetQuota({.stored_bytes = 45});
  bool is_in = false;
  LateReader archive([&] {
    if (std::exchange(is_in, true)) return;
    EXPECT_TRUE(Import("an archive"));
  });
  const auto late = service_.Import(Context(), {}, archive);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kQuotaExceeded);
  EXPECT_EQ(store_.List(Context(), "").value().size(), 1U);
}

TEST_F(BackupServiceTest, OrderIsRefusedOnceTheQuotaIsUsedUp) {
  SetQuota({.stored_bytes = 10});
  ASSERT_TRUE(service_.Order(OrderOf("k1"))) << "nothing is stored yet";
  ASSERT_TRUE(Import("an archive"));
  EXPECT_TRUE(service_.Order(OrderOf("k1"))) << "it is there already";
  ASSERT_TRUE(journal_.RequestCancel(service_.Order(OrderOf("k1"))->task_id));
  const auto refused = service_.Order(OrderOf("k2"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kQuotaExceeded);
  EXPECT_THAT(refused.error().hint, HasSubstr("delete backups"));
  EXPECT_EQ(Backups(), 2);
}

TEST_F(BackupServiceTest, AScheduledOrderIsBoundByBytesAndNotByTheNumberOfTasks) {
  SetQuota({.active_tasks = 0});
  EXPECT_EQ(service_.Order(OrderOf()).error().code, ErrorCode::kQuotaExceeded);
  EXPECT_TRUE(service_.Order(OrderOf(), {.asker = jobs::Asker::kSchedule}));
  EXPECT_EQ(Tasks(), 1);
}

TEST_F(BackupServiceTest, AScheduledOrderIsRefusedWhenNothingMoreMayBeStored) {
  SetQuota({.stored_bytes = 0});
  const auto refused = service_.Order(OrderOf(), {.asker = jobs::Asker::kSchedule});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kQuotaExceeded);
  EXPECT_EQ(Backups(), 0);
  EXPECT_EQ(Tasks(), 0);
}

TEST_F(ImportByKeyTest, WhatLiesWhereItLayTakesNothingOfTheQuota) {
  SetQuota({.stored_bytes = 0});
  Put("old/shop.zip", "an archive");
  EXPECT_TRUE(ImportByKey("old/shop.zip"));
}

TEST_F(ImportByKeyTest, APieceOfAnUploadIsNoArchive) {
  const std::string key = "uploads/" + NewUuid() + "/0000";
  Put(key, "an archive");
  const auto backup = ImportByKey(key);
  ASSERT_FALSE(backup);
  EXPECT_EQ(backup.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(backup.error().field, "/storage_key");
  Put("uploads/shop.zip", "an archive");
  EXPECT_TRUE(ImportByKey("uploads/shop.zip")) << "somebody's own folder of that name";
}

TEST_F(ImportByKeyTest, RegistersAnArchiveWhereItLiesAndQueuesItsVerification) {
  Put("old/shop.zip", "an archive");
  const auto backup = ImportByKey("old/shop.zip");
  ASSERT_TRUE(backup) << backup.error().Sentence();
  const Backup row = backups_.Get(backup->id).value();
  EXPECT_EQ(row.name, "shop.zip");
  EXPECT_EQ(row.type, domain::BackupType::kImported);
  EXPECT_EQ(row.status, BackupStatus::kPending);
  EXPECT_EQ(row.storage_config_id.value, "s1");
  EXPECT_EQ(row.storage_key, "old/shop.zip");
  EXPECT_EQ(row.compressed_size, 10U);
  EXPECT_EQ(journal_.Get(row.task_id)->kind, domain::TaskKind::kImport);
  EXPECT_FALSE(domain::OwnsItsArchive(row));
}

TEST_F(ImportByKeyTest, NeverDeletesWhatItDidNotMake) {
  Put("old/shop.zip", "an archive");
  const Backup backup = ImportByKey("old/shop.zip").value();
  EXPECT_TRUE(journal_.RequestCancel(backup.task_id));
  SetStatus(backup.id, BackupStatus::kCompleted);
  ASSERT_TRUE(by_key_.Delete(Context(), backup.id, backup.name));
  EXPECT_TRUE(theirs_->Stat(Context(), "old/shop.zip"));
  EXPECT_TRUE(ImportByKey("old/shop.zip")) << "it may come back";
}

TEST_F(ImportByKeyTest, RefusesWhatIsNotThereEmptyOrNoKey) {
  Put("empty.zip", "");
  EXPECT_EQ(ImportByKey("missing.zip").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ImportByKey("empty.zip").error().code, ErrorCode::kFormatUnsupported);
  for (const std::string key : {"", "/x", "../x", "a//b", "a:b", "x/"}) {
    const auto refused = ImportByKey(key);
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << key;
    EXPECT_EQ(refused.error().field, "/storage_key") << key;
  }
  EXPECT_EQ(Backups(), 0);
  EXPECT_EQ(Tasks(), 0);
}

// Else whoever may import could read the backups of another project, or of another organization
// whose archives lie in the same place.
TEST_F(ImportByKeyTest, RefusesTheArchiveOfABackupWhereverItIsSeen) {
  Put("old/shop.zip", "an archive");
  ASSERT_TRUE(ImportByKey("old/shop.zip"));
  EXPECT_EQ(ImportByKey("old/shop.zip").error().code, ErrorCode::kConflict);
  const Backup other = Completed();  // in the installation's own folder
  for (const std::string& key : {other.storage_key, "their/folder/" + other.storage_key,
                                 other.id.value + ".zip", other.id.value}) {
    Put(key, "an archive");
    const auto refused = ImportByKey(key);
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict) << key;
    EXPECT_EQ(refused.error().Sentence().find(other.name), std::string::npos);
  }
}

TEST_F(BackupServiceTest, VerifyAndDownloadNeedACompletedBackup) {
  const Backup backup = Completed();
  for (const BackupStatus status : {BackupStatus::kPending, BackupStatus::kRunning,
                                    BackupStatus::kFailed, BackupStatus::kDeleted}) {
    SetStatus(backup.id, status);
    EXPECT_EQ(service_.Verify(backup.id).error().code, ErrorCode::kBackupNotAvailable);
    EXPECT_EQ(service_.Download(Context(), backup.id).error().code, ErrorCode::kBackupNotAvailable);
  }
  SetStatus(backup.id, BackupStatus::kCompleted);
  EXPECT_EQ(service_.Download(Context(), backup.id).value()->size(), 10U);
  const auto task = service_.Verify(backup.id);
  ASSERT_TRUE(task);
  EXPECT_EQ(task->kind, domain::TaskKind::kVerify);
  EXPECT_EQ(service_.Verify(backup.id).error().code, ErrorCode::kTargetBusy);
}

TEST_F(BackupServiceTest, DownloadSaysWhenTheArchiveIsGone) {
  const Backup backup = Completed();
  ASSERT_TRUE(store_.Delete(Context(), backup.storage_key));
  const auto object = service_.Download(Context(), backup.id);
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code, ErrorCode::kBackupNotAvailable);
}

TEST_F(BackupServiceTest, DeleteNeedsNameOrIdAsConfirmation) {
  const Backup backup = Completed();
  for (const std::string confirm : {"", "yes", " "}) {
    EXPECT_EQ(service_.Delete(Context(), backup.id, confirm).error().code,
              ErrorCode::kConfirmationMissing);
  }
  EXPECT_TRUE(store_.Stat(Context(), backup.storage_key));
  const auto deleted = service_.Delete(Context(), backup.id, backup.name);
  ASSERT_TRUE(deleted) << deleted.error().Sentence();
  EXPECT_EQ(deleted->status, BackupStatus::kDeleted);
  EXPECT_EQ(backups_.Get(backup.id)->status, BackupStatus::kDeleted);
  EXPECT_FALSE(store_.Stat(Context(), backup.storage_key));
  EXPECT_TRUE(service_.Delete(Context(), backup.id, backup.id.value)) << "again is the same";
}

TEST_F(BackupServiceTest, DeleteIsRefusedWhileARestoreRuns) {
  const Backup backup = Completed();
  ASSERT_TRUE(journal_.Submit(
      {.kind = domain::TaskKind::kRestore, .project_id = backup.project_id, .subject_id = "r1"}));
  [[maybe_unused]] const jobs::Claim claim = Claim();
  const auto deleted = service_.Delete(Context(), backup.id, backup.name);
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(store_.Stat(Context(), backup.storage_key));
}

// Otherwise its task would begin later and bring the deleted backup back.
TEST_F(BackupServiceTest, DeleteIsRefusedWhileItsOwnTaskIsQueuedOrRuns) {
  const Backup ordered = service_.Order(OrderOf()).value();
  const auto refused = [&] {
    const auto deleted = service_.Delete(Context(), ordered.id, ordered.name);
    EXPECT_FALSE(deleted);
    return deleted ? Error{} : deleted.error();
  };
  EXPECT_EQ(refused().code, ErrorCode::kConflict);
  EXPECT_THAT(refused().message, HasSubstr(ordered.task_id.value));
  const jobs::Claim claim = Claim();
  EXPECT_EQ(refused().code, ErrorCode::kConflict);
  ASSERT_TRUE(journal_.End(claim, domain::TaskStatus::kFailed));
  EXPECT_TRUE(service_.Delete(Context(), ordered.id, ordered.name));
}

TEST_F(BackupServiceTest, DeleteGoesOnBesideTasksOfOtherBackups) {
  const Backup backup = Completed();
  ASSERT_TRUE(service_.Order(OrderOf()));
  [[maybe_unused]] const jobs::Claim claim = Claim();
  EXPECT_TRUE(service_.Delete(Context(), backup.id, backup.name));
}

TEST_F(BackupServiceTest, ACancelledBackupEndsInTheTransactionThatCancelsIt) {
  const auto end = [&](catalog::Transaction& transaction, const domain::Task& task) -> Status {
    return BackupService::EndCancelledIn(transaction, clock_, task);
  };
  const Backup ordered = service_.Order(OrderOf()).value();
  ASSERT_TRUE(journal_.RequestCancel(ordered.task_id, end));
  EXPECT_EQ(backups_.Get(ordered.id)->status, BackupStatus::kCancelled);
  EXPECT_EQ(backups_.Get(ordered.id)->completed_at, clock_.Now());
  const Backup imported = Import("an archive").value();
  ASSERT_TRUE(journal_.RequestCancel(imported.task_id, end));
  EXPECT_EQ(backups_.Get(imported.id)->status, BackupStatus::kCancelled);
}

TEST_F(BackupServiceTest, ACancelledVerificationChangesNoBackup) {
  const Backup backup = Completed();
  const domain::Task task = service_.Verify(backup.id).value();
  ASSERT_TRUE(journal_.RequestCancel(
      task.id, [&](catalog::Transaction& transaction, const domain::Task& cancelled) -> Status {
        return BackupService::EndCancelledIn(transaction, clock_, cancelled);
      }));
  EXPECT_EQ(backups_.Get(backup.id)->status, BackupStatus::kCompleted);
}

}  // namespace
}  // namespace reprise::backup
