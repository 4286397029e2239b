#include "restore/restore_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"
#include "storage/memory_store.hpp"

namespace reprise::restore {
namespace {

using domain::Backup;
using domain::BackupStatus;
using domain::Environment;
using domain::EnvironmentStatus;
using domain::RestoreMode;
using domain::RestoreOutcome;
using domain::RestorePoint;
using domain::RestoreRequest;
using domain::RestoreStrategy;
using std::chrono::hours;
using ::testing::HasSubstr;

// One environment "shop" of Odoo 14 with one good backup "nightly", and everything that a service
// needs.
class RestoreServiceTest : public ::testing::Test {
 protected:
  RestoreServiceTest() {
    Environment shop;
    shop.id = {"e1"};
    shop.project_id = catalog_.project();
    shop.server_id = catalog_.server();
    shop.name = "shop";
    shop.type = domain::EnvironmentType::kProduction;
    shop.status = EnvironmentStatus::kRunning;
    shop.odoo_version = "14.0";
    shop.db_name = "shop-db";
    shop.containers = {"shop_odoo", "shop_db", ""};
    EXPECT_TRUE(environments_.Insert(shop));
    Backup nightly;
    nightly.id = {"b1"};
    nightly.project_id = shop.project_id;
    nightly.environment_id = shop.id;
    nightly.name = "nightly";
    nightly.status = BackupStatus::kCompleted;
    nightly.is_verified = true;
    nightly.storage_key = "backups/nightly.zip";
    nightly.snapshot.odoo_version = "14.0";
    EXPECT_TRUE(backups_.Insert(nightly));
    auto object = store_.Create(Context(), nightly.storage_key).value();
    EXPECT_TRUE(object->Write(Context(), BytesOf("an archive")));
    EXPECT_TRUE(object->Close(Context()));
  }

  static RestoreRequest Original() {
    RestoreRequest request;
    request.backup_id = {"b1"};
    return request;
  }
  static RestoreRequest Existing(const std::string& environment) {
    RestoreRequest request = Original();
    request.mode = RestoreMode::kExisting;
    request.environment_id = {environment};
    return request;
  }
  static RestoreRequest New(const std::string& name) {
    RestoreRequest request = Original();
    request.mode = RestoreMode::kNew;
    request.new_environment.name = name;
    return request;
  }

  void ChangeBackup(const std::function<void(Backup&)>& change) {
    EXPECT_TRUE(backups_.Update({"b1"}, [&](Backup& row) -> Status {
      change(row);
      return {};
    }));
  }
  void ChangeShop(const std::function<void(Environment&)>& change) {
    EXPECT_TRUE(environments_.Update({"e1"}, [&](Environment& row) -> Status {
      change(row);
      return {};
    }));
  }
  void ChangeRestore(const domain::RestoreId& id,
                     const std::function<void(RestorePoint&)>& change) {
    EXPECT_TRUE(restores_.Update(id, [&](RestorePoint& row) -> Status {
      change(row);
      return {};
    }));
  }
  // Ends what runs, so that the target is free again.
  void EndTask(const domain::TaskId& id) { EXPECT_TRUE(journal_.RequestCancel(id)); }

  // The failure of what must be refused; nothing may have been queued or written by it.
  Error Refused(const RestoreRequest& request) {
    const auto counts = [&] {
      return std::tuple(journal_.List({}, {}).value().total, restores_.List({}, {}).value().total,
                        environments_.List({}, {}).value().total);
    };
    const auto before = counts();
    const auto ticket = service_.Submit(Context(), request);
    EXPECT_FALSE(ticket);
    EXPECT_EQ(counts(), before);
    return ticket ? Error{} : ticket.error();
  }
  // A restore that was swapped in and keeps what was there before.
  RestorePoint Swapped() {
    const RestoreTicket ticket = service_.Submit(Context(), Original()).value();
    EndTask(ticket.task.id);
    ChangeRestore(ticket.restore.id, [](RestorePoint& row) {
      row.outcome = RestoreOutcome::kSwapped;
      row.previous_db_name = "shop-db__old_1";
    });
    return restores_.Get(ticket.restore.id).value();
  }

  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::BackupStore backups_{catalog_.database(), clock_};
  catalog::RestoreStore restores_{catalog_.database(), clock_};
  catalog::TenancyStore tenancy_{catalog_.database()};
  jobs::Journal journal_{catalog_.database(), clock_};
  storage::MemoryStore store_{clock_};
  RestoreService service_{{restores_, backups_, environments_, tenancy_, journal_, store_, clock_}};
};

TEST_F(RestoreServiceTest, QueuesARestoreOfTheOriginalEnvironment) {
  const auto ticket = service_.Submit(Context(), Original());
  ASSERT_TRUE(ticket) << ticket.error().Sentence();
  EXPECT_EQ(ticket->target.id.value, "e1");
  EXPECT_FALSE(ticket->is_new_environment);
  EXPECT_EQ(ticket->task.kind, domain::TaskKind::kRestore);
  EXPECT_EQ(ticket->task.status, domain::TaskStatus::kQueued);
  EXPECT_EQ(ticket->task.target, "e1");
  const RestorePoint row = restores_.Get(ticket->restore.id).value();
  EXPECT_EQ(row.task_id, ticket->task.id);
  EXPECT_EQ(row.status, domain::RestoreStatus::kPending);
  EXPECT_EQ(row.outcome, RestoreOutcome::kNone);
  EXPECT_EQ(row.created_at, clock_.Now());
}

TEST_F(RestoreServiceTest, AutoMeansSideBySide) {
  EXPECT_EQ(service_.Submit(Context(), Original())->restore.strategy, RestoreStrategy::kSideBySide);
}

TEST_F(RestoreServiceTest, InPlaceIsTakenWithASafetyBackup) {
  RestoreRequest request = Original();
  request.strategy = RestoreStrategy::kInPlace;
  EXPECT_EQ(service_.Submit(Context(), request)->restore.strategy, RestoreStrategy::kInPlace);
}

TEST_F(RestoreServiceTest, RefusesInPlaceWithoutASafetyBackup) {
  RestoreRequest request = Original();
  request.strategy = RestoreStrategy::kInPlace;
  request.create_pre_restore_backup = false;
  const Error error = Refused(request);
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.field, "/create_pre_restore_backup");
}

TEST_F(RestoreServiceTest, SideBySideMayGoWithoutASafetyBackup) {
  RestoreRequest request = Original();
  request.create_pre_restore_backup = false;
  EXPECT_TRUE(service_.Submit(Context(), request));
}

TEST_F(RestoreServiceTest, RefusesABackupThatIsNotThere) {
  RestoreRequest request = Original();
  request.backup_id = {"b9"};
  EXPECT_EQ(Refused(request).code, ErrorCode::kNotFound);
}

TEST_F(RestoreServiceTest, RefusesABackupThatIsNotCompleted) {
  for (const BackupStatus status :
       {BackupStatus::kPending, BackupStatus::kRunning, BackupStatus::kFailed,
        BackupStatus::kCancelled, BackupStatus::kDeleted}) {
    ChangeBackup([&](Backup& row) { row.status = status; });
    const Error error = Refused(Original());
    EXPECT_EQ(error.code, ErrorCode::kBackupNotAvailable);
    EXPECT_THAT(error.message, HasSubstr(std::string(domain::NameOf(status))));
  }
}

TEST_F(RestoreServiceTest, RefusesABackupThatLostItsMarkAndSaysWhy) {
  ChangeBackup([](Backup& row) {
    row.is_verified = false;
    row.error_message = "dump.sql is damaged";
  });
  const Error error = Refused(Original());
  EXPECT_EQ(error.code, ErrorCode::kBackupNotAvailable);
  EXPECT_THAT(error.message, HasSubstr("dump.sql is damaged"));
}

TEST_F(RestoreServiceTest, RefusesABackupWhoseArchiveIsGone) {
  ASSERT_TRUE(store_.Delete(Context(), "backups/nightly.zip"));
  const Error error = Refused(Original());
  EXPECT_EQ(error.code, ErrorCode::kBackupNotAvailable);
  EXPECT_THAT(error.message, HasSubstr("gone from storage"));
}

TEST_F(RestoreServiceTest, RefusesAnotherServer) {
  RestoreRequest request = New("copy");
  request.mode = RestoreMode::kCrossServer;
  const Error error = Refused(request);
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.field, "/target/server_id");
}

TEST_F(RestoreServiceTest, RefusesTheOriginalOfAnImportedBackup) {
  ChangeBackup([](Backup& row) { row.environment_id = {}; });
  const Error error = Refused(Original());
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.field, "/target/mode");
  EXPECT_THAT(error.message, HasSubstr("imported"));
}

TEST_F(RestoreServiceTest, RefusesModeExistingThatNamesNoEnvironment) {
  const Error error = Refused(Existing(""));
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.field, "/target/environment_id");
}

TEST_F(RestoreServiceTest, RefusesATargetThatIsNotThere) {
  EXPECT_EQ(Refused(Existing("e9")).code, ErrorCode::kNotFound);
}

TEST_F(RestoreServiceTest, RefusesATargetThatIsRemovedOrNotYetDeployed) {
  for (const EnvironmentStatus status :
       {EnvironmentStatus::kDeleted, EnvironmentStatus::kDeploying}) {
    ChangeShop([&](Environment& row) { row.status = status; });
    EXPECT_EQ(Refused(Original()).code, ErrorCode::kConflict);
  }
}

TEST_F(RestoreServiceTest, TakesATargetThatIsStoppedOrBroken) {
  for (const EnvironmentStatus status : {EnvironmentStatus::kStopped, EnvironmentStatus::kError}) {
    ChangeShop([&](Environment& row) { row.status = status; });
    const auto ticket = service_.Submit(Context(), Original());
    ASSERT_TRUE(ticket) << ticket.error().Sentence();
    EndTask(ticket->task.id);
  }
}

TEST_F(RestoreServiceTest, RefusesATargetOfAnotherProject) {
  ASSERT_TRUE(catalog_.database().Write([](catalog::Transaction& transaction) -> Status {
    RETURN_IF_ERROR(transaction.Execute(
        "INSERT INTO project (id, organization_id, name, created_at)"
        " SELECT 'another', organization_id, 'another', created_at FROM project",
        {}));
    return {};
  }));
  ChangeBackup([](Backup& row) { row.project_id = {"another"}; });
  EXPECT_EQ(Refused(Existing("e1")).code, ErrorCode::kIncompatible);
}

TEST_F(RestoreServiceTest, RefusesATargetOfAnotherOdoo) {
  ChangeShop([](Environment& row) { row.odoo_version = "15.0"; });
  const Error error = Refused(Existing("e1"));
  EXPECT_EQ(error.code, ErrorCode::kIncompatible);
  EXPECT_THAT(error.message, HasSubstr("14.0"));
  EXPECT_THAT(error.message, HasSubstr("15.0"));
}

TEST_F(RestoreServiceTest, LeavesUnknownVersionsToTheLaterChecks) {
  ChangeBackup([](Backup& row) { row.snapshot.odoo_version = ""; });
  EXPECT_TRUE(service_.Submit(Context(), Original()));
}

TEST_F(RestoreServiceTest, RefusesATargetThatAnotherTaskHolds) {
  const auto first = service_.Submit(Context(), Original());
  ASSERT_TRUE(first);
  const Error error = Refused(Original());
  EXPECT_EQ(error.code, ErrorCode::kTargetBusy);
  EXPECT_THAT(error.message, HasSubstr(first->task.id.value));
}

TEST_F(RestoreServiceTest, PlansANewEnvironmentOfTheBackupsVersion) {
  const auto ticket = service_.Submit(Context(), New("Shop copy"));
  ASSERT_TRUE(ticket) << ticket.error().Sentence();
  EXPECT_TRUE(ticket->is_new_environment);
  const Environment row = environments_.Get(ticket->target.id).value();
  EXPECT_EQ(row.name, "Shop copy");
  EXPECT_EQ(row.db_name, "shop-copy");
  EXPECT_EQ(row.odoo_version, "14.0");
  EXPECT_EQ(row.status, EnvironmentStatus::kDeploying);
  EXPECT_EQ(row.origin, domain::EnvironmentOrigin::kDeployed);
  EXPECT_EQ(row.server_id, catalog_.server());
}

TEST_F(RestoreServiceTest, RefusesANewEnvironmentPastTheQuotaAndNoneThatIsThere) {
  const auto project = tenancy_.GetProject(catalog_.project()).value();
  catalog::QuotaStore quotas(catalog_.database(), clock_);
  ASSERT_TRUE(quotas.Put(project.organization_id, {.stored_bytes = 0, .environments = 1}));
  const Error refused = Refused(New("Shop copy"));
  EXPECT_EQ(refused.code, ErrorCode::kQuotaExceeded);
  EXPECT_THAT(refused.message, ::testing::HasSubstr("may have 1 environments and has 1"));
  EXPECT_EQ(environments_.List({}, {}).value().total, 1);
  ASSERT_TRUE(quotas.Put(project.organization_id, {.stored_bytes = 0, .active_tasks = 0}));
  EXPECT_EQ(Refused(New("Shop copy")).code, ErrorCode::kQuotaExceeded);
  EXPECT_TRUE(service_.Submit(Context(), Original())) << "with its safety backup, and at once";
}

TEST_F(RestoreServiceTest, InPlaceMeansNothingForANewEnvironment) {
  RestoreRequest request = New("copy");
  request.strategy = RestoreStrategy::kInPlace;
  request.create_pre_restore_backup = false;
  EXPECT_EQ(service_.Submit(Context(), request)->restore.strategy, RestoreStrategy::kSideBySide);
}

TEST_F(RestoreServiceTest, RefusesANameThatCannotBeOrIsTaken) {
  EXPECT_EQ(Refused(New("")).code, ErrorCode::kInvalidArgument);
  const Error bad = Refused(New("../x"));
  EXPECT_EQ(bad.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(bad.field, "/target/new_environment/name");
  EXPECT_EQ(Refused(New("shop")).code, ErrorCode::kNameTaken);
}

TEST_F(RestoreServiceTest, RefusesANewEnvironmentOfNobodyKnowsWhatVersion) {
  ChangeBackup([](Backup& row) { row.snapshot.odoo_version = ""; });
  EXPECT_EQ(Refused(New("copy")).code, ErrorCode::kIncompatible);
}

TEST_F(RestoreServiceTest, RefusesANewEnvironmentOnAnUnknownServer) {
  RestoreRequest request = New("copy");
  request.new_environment.server_id = {"s9"};
  EXPECT_EQ(Refused(request).code, ErrorCode::kNotFound);
}

TEST_F(RestoreServiceTest, AKnownIdempotencyKeyGivesTheFirstRestore) {
  RestoreRequest request = New("copy");
  request.idempotency_key = "k1";
  const auto first = service_.Submit(Context(), request);
  ASSERT_TRUE(first);
  const auto second = service_.Submit(Context(), request);
  ASSERT_TRUE(second) << second.error().Sentence();
  EXPECT_EQ(second->task.id, first->task.id);
  EXPECT_EQ(second->restore.id, first->restore.id);
  EXPECT_EQ(second->target.id, first->target.id);
  EXPECT_EQ(restores_.List({}, {}).value().total, 1);
  EXPECT_EQ(environments_.List({}, {}).value().total, 2);
}

TEST_F(RestoreServiceTest, ALaterTimeIsHandedToTheJournal) {
  RestoreRequest request = Original();
  request.run_at = clock_.Now() + hours(5);
  EXPECT_EQ(service_.Submit(Context(), request)->task.run_at, request.run_at);
}

TEST_F(RestoreServiceTest, UndoIsQueuedForARestoreThatKeepsThePreviousState) {
  const RestorePoint restore = Swapped();
  const auto task = service_.Undo(restore.id);
  ASSERT_TRUE(task) << task.error().Sentence();
  EXPECT_EQ(task->kind, domain::TaskKind::kUndo);
  EXPECT_EQ(task->subject_id, restore.id.value);
  EXPECT_EQ(task->target, "e1");
}

TEST_F(RestoreServiceTest, UndoIsRefusedWhenNothingIsKept) {
  EXPECT_EQ(service_.Undo({"r9"}).error().code, ErrorCode::kNotFound);
  const RestorePoint restore = Swapped();
  ChangeRestore(restore.id, [](RestorePoint& row) {
    row.previous_db_name.clear();
    row.pre_restore_backup_id = {"b1"};
  });
  const auto task = service_.Undo(restore.id);
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().code, ErrorCode::kConflict);
  EXPECT_THAT(task.error().hint, HasSubstr("b1"));
}

TEST_F(RestoreServiceTest, UndoIsRefusedPastALaterRollback) {
  catalog::SnapshotStore snapshots(catalog_.database(), clock_);
  RestoreService service({.restores = restores_,
                          .backups = backups_,
                          .environments = environments_,
                          .tenancy = tenancy_,
                          .journal = journal_,
                          .store = store_,
                          .clock = clock_,
                          .snapshots = &snapshots});
  const RestorePoint restore = Swapped();
  ChangeRestore(restore.id, [&](RestorePoint& row) { row.completed_at = clock_.Now(); });
  domain::Snapshot replaced;
  replaced.id = {"s1"};
  replaced.project_id = restore.project_id;
  replaced.environment_id = restore.target_environment_id;
  replaced.origin = domain::SnapshotOrigin::kBeforeRollback;
  replaced.status = domain::SnapshotStatus::kKept;
  replaced.database_name = "shop__old_s1";
  replaced.taken_at = clock_.Now() + hours(1);
  ASSERT_TRUE(snapshots.InsertOnce(replaced, std::nullopt));
  const auto refused = service.Undo(restore.id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().hint, HasSubstr("reprise snapshot rollback s1"));
  ASSERT_TRUE(snapshots.Update({"s1"}, std::nullopt, [](domain::Snapshot& row) -> Status {
    row.status = domain::SnapshotStatus::kUsed;
    return {};
  }));
  EXPECT_TRUE(service.Undo(restore.id)) << "that was taken back";
}

TEST_F(RestoreServiceTest, UndoIsRefusedAtOnceWhenTheEnvironmentIsRemoved) {
  const RestorePoint restore = Swapped();
  ChangeShop([](Environment& row) { row.status = EnvironmentStatus::kDeleted; });
  const auto before = journal_.List({}, {}).value().total;
  const auto task = service_.Undo(restore.id);
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().code, ErrorCode::kConflict);
  EXPECT_THAT(task.error().message, HasSubstr("\"shop\" is removed"));
  EXPECT_EQ(journal_.List({}, {}).value().total, before);
  EXPECT_TRUE(service_.Release(restore.id)) << "the janitor still clears its row";
}

TEST_F(RestoreServiceTest, AConfirmationMustBeOfTheTargetWhenItIsGiven) {
  RestoreRequest request = Original();
  request.confirm = "staging";
  const Error error = Refused(request);
  EXPECT_EQ(error.code, ErrorCode::kConfirmationMissing);
  EXPECT_THAT(error.message, HasSubstr("\"staging\" is not that of the target, which is \"shop\""));
  request.confirm = "restore";
  EXPECT_EQ(Refused(request).code, ErrorCode::kConfirmationMissing);
  RestoreRequest copy = New("copy");
  copy.confirm = "shop";
  EXPECT_EQ(Refused(copy).code, ErrorCode::kConfirmationMissing);
  for (const std::string confirm : {"", "RESTORE", "shop"}) {
    request.confirm = confirm;
    const auto ticket = service_.Submit(Context(), request);
    ASSERT_TRUE(ticket) << confirm;
    EndTask(ticket->task.id);
  }
  copy.confirm = "copy";
  EXPECT_TRUE(service_.Submit(Context(), copy));
}

TEST_F(RestoreServiceTest, ACancelledRestoreEndsInTheTransactionThatCancelsIt) {
  const auto cancel = [&](const domain::TaskId& id) {
    return journal_.RequestCancel(
        id, [&](catalog::Transaction& transaction, const domain::Task& task) -> Status {
          return RestoreService::EndCancelledIn(transaction, clock_, task);
        });
  };
  ChangeShop([](Environment& row) { row.status = EnvironmentStatus::kStopped; });
  const RestoreTicket original = service_.Submit(Context(), Original()).value();
  ASSERT_TRUE(cancel(original.task.id));
  RestorePoint row = restores_.Get(original.restore.id).value();
  EXPECT_EQ(row.status, domain::RestoreStatus::kCancelled);
  EXPECT_EQ(row.outcome, RestoreOutcome::kTargetUntouched);
  EXPECT_EQ(row.error_code, "cancelled");
  EXPECT_EQ(row.completed_at, clock_.Now());
  EXPECT_EQ(environments_.Get({"e1"})->status, EnvironmentStatus::kStopped) << "untouched";

  const RestoreTicket copy = service_.Submit(Context(), New("copy")).value();
  ASSERT_TRUE(cancel(copy.task.id));
  EXPECT_EQ(environments_.Get(copy.target.id)->status, EnvironmentStatus::kDeleted);
  EXPECT_TRUE(service_.Submit(Context(), New("copy"))) << "its name is free again";

  // Rows that cannot be ended leave the task queued: one cannot be without the other.
  const domain::Task lost = journal_
                                .Submit({.kind = domain::TaskKind::kRestore,
                                         .project_id = catalog_.project(),
                                         .subject_id = "no such restore",
                                         .target = "e9"})
                                .value();
  EXPECT_FALSE(cancel(lost.id));
  EXPECT_EQ(journal_.Get(lost.id)->status, domain::TaskStatus::kQueued);
}

TEST_F(RestoreServiceTest, UndoIsRefusedPastALaterRestoreThatStands) {
  const RestorePoint first = Swapped();
  clock_.Advance(hours(1));
  const RestorePoint second = Swapped();
  const auto task = service_.Undo(first.id);
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().code, ErrorCode::kConflict);
  EXPECT_THAT(task.error().message, HasSubstr(second.id.value));
  EXPECT_TRUE(service_.Undo(second.id));
}

TEST_F(RestoreServiceTest, UndoIsAllowedPastALaterRestoreThatChangedNothing) {
  for (const RestoreOutcome outcome :
       {RestoreOutcome::kTargetUntouched, RestoreOutcome::kRolledBack, RestoreOutcome::kUndone}) {
    const RestorePoint first = Swapped();
    clock_.Advance(hours(1));
    const RestorePoint second = Swapped();
    ChangeRestore(second.id, [&](RestorePoint& row) { row.outcome = outcome; });
    const auto task = service_.Undo(first.id);
    ASSERT_TRUE(task) << task.error().Sentence();
    EndTask(task->id);
  }
}

TEST_F(RestoreServiceTest, UndoAndReleaseAreRefusedWhileTheTargetIsBusy) {
  const RestorePoint restore = Swapped();
  ASSERT_TRUE(service_.Submit(Context(), Original()));
  EXPECT_EQ(service_.Undo(restore.id).error().code, ErrorCode::kTargetBusy);
  EXPECT_EQ(service_.Release(restore.id).error().code, ErrorCode::kTargetBusy);
}

TEST_F(RestoreServiceTest, ReleaseIsQueuedOnlyForWhatIsKept) {
  const RestorePoint restore = Swapped();
  const auto task = service_.Release(restore.id);
  ASSERT_TRUE(task);
  EXPECT_EQ(task->kind, domain::TaskKind::kRelease);
  EndTask(task->id);
  ChangeRestore(restore.id, [](RestorePoint& row) { row.previous_db_name.clear(); });
  EXPECT_EQ(service_.Release(restore.id).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace reprise::restore
