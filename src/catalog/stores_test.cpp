#include "catalog/stores.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/access_stores.hpp"
#include "catalog/archive_key_store.hpp"
#include "catalog/json_columns.hpp"
#include "catalog/setting_store.hpp"
#include "catalog/storage_store.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

using domain::Backup;
using domain::BackupStatus;
using domain::Environment;
using domain::EnvironmentStatus;
using domain::RestorePoint;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StoresTest : public ::testing::TestWithParam<testing::CatalogKind> {
 protected:
  Environment MakeEnvironment(const std::string& id) {
    Environment environment;
    environment.id = {id};
    environment.project_id = project_;
    environment.server_id = server_;
    environment.name = "name " + id;
    environment.type = domain::EnvironmentType::kProduction;
    environment.status = EnvironmentStatus::kRunning;
    environment.origin = domain::EnvironmentOrigin::kDeployed;
    environment.odoo_version = "17.0";
    environment.db_name = "shop-" + id;
    environment.db_user = "odoo";
    environment.db_admin = "postgres";
    environment.data_dir = "/var/lib/odoo";
    environment.containers = {id + "_odoo", id + "_db", id + "_pgbouncer"};
    environment.images = {"odoo:17", "postgres:15", "pgbouncer:1"};
    environment.volumes = {"data", "with \"quotes\" and \xC3\xA4"};
    environment.network = "net";
    environment.url = "http://127.0.0.1:8069";
    environment.error_message = "none";
    return environment;
  }
  Backup MakeBackup(const std::string& id, const std::string& environment_id = "") {
    Backup backup;
    backup.id = {id};
    backup.project_id = project_;
    backup.environment_id = {environment_id};
    backup.task_id = {"t1"};
    backup.name = "nightly";
    backup.keep_forever = true;
    backup.notes = "before the upgrade";
    backup.status = BackupStatus::kCompleted;
    backup.type = domain::BackupType::kScheduled;
    backup.include_filestore = false;
    backup.database_size = 5'000'000'000;
    backup.filestore_size = 7;
    backup.total_size = 5'000'000'007;
    backup.compressed_size = 9;
    backup.storage_key = "a/b.zip";
    backup.sha256 = "abc";
    backup.manifest_sha256 = "def";
    backup.format = "reprise";
    backup.snapshot = {"shop",
                       domain::EnvironmentType::kStaging,
                       "14.0",
                       "db",
                       "13.23",
                       {"unaccent"},
                       {{"base", "14.0.1"}, {"sale", "14.0.2"}},
                       {"i1", "i2", "i3"}};
    backup.is_verified = true;
    backup.verified_at = FromMicros(11);
    backup.started_at = FromMicros(12);
    backup.completed_at = FromMicros(13);
    backup.expires_at = FromMicros(14);
    backup.error_message = "e";
    return backup;
  }
  RestorePoint MakeRestore(const std::string& id) {
    RestorePoint restore;
    restore.id = {id};
    restore.backup_id = {"b1"};
    restore.project_id = project_;
    restore.target_environment_id = {"e1"};
    restore.task_id = {"t1"};
    restore.target_server_id = server_;
    return restore;
  }
  // An environment e1 and a backup b1, as every restore needs.
  void InsertWhatARestoreNeeds() {
    ASSERT_TRUE(environments_.Insert(MakeEnvironment("e1")));
    ASSERT_TRUE(backups_.Insert(MakeBackup("b1", "e1")));
  }
  template <class T>
  static std::vector<std::string> IdsOf(const Page<T>& page) {
    std::vector<std::string> ids;
    ids.reserve(page.items.size());
    for (const T& item : page.items) ids.push_back(item.id.value);
    return ids;
  }

  testing::TemporaryCatalog catalog_{GetParam()};
  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  domain::ProjectId project_ = catalog_.project();
  domain::ServerId server_ = catalog_.server();
  TenancyStore tenancy_{catalog_.database()};
  EnvironmentStore environments_{catalog_.database(), clock_};
  BackupStore backups_{catalog_.database(), clock_};
  RestoreStore restores_{catalog_.database(), clock_};
};

TEST_P(StoresTest, FirstStartHasADefaultProjectAndTheLocalServer) {
  const Project project = tenancy_.DefaultProject().value();
  EXPECT_EQ(project.name, "default");
  EXPECT_TRUE(IsUuid(project.id.value));
  EXPECT_TRUE(IsUuid(project.organization_id.value));
  EXPECT_EQ(tenancy_.GetProject(project.id)->name, "default");
  const Server server = tenancy_.LocalServer().value();
  EXPECT_EQ(server.name, "local");
  EXPECT_EQ(tenancy_.GetServer(server.id)->name, "local");
  EXPECT_EQ(tenancy_.GetProject({"x"}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tenancy_.GetServer({"x"}).error().code, ErrorCode::kNotFound);
}

TEST_P(StoresTest, ArchiveKeysAreAnOrganizationsOwnAndTheNewestIsLast) {
  ArchiveKeyStore keys(catalog_.database());
  OrganizationStore organizations(catalog_.database());
  const domain::OrganizationId ours =
      TenancyStore(catalog_.database()).DefaultProject()->organization_id;
  const domain::OrganizationId others{NewUuid()};
  ASSERT_TRUE(organizations.Insert({others, "others", FromMicros(1)}));
  ASSERT_TRUE(keys.Insert({"k2", ours, "sealed two", FromMicros(2'000)}));
  ASSERT_TRUE(keys.Insert({"k1", ours, "sealed one", FromMicros(1'000)}));
  ASSERT_TRUE(keys.Insert({"k3", others, "sealed three", FromMicros(3'000)}));
  const auto found = keys.Of(ours).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.back().id, "k2");
  EXPECT_EQ(found.back().sealed_secret, "sealed two");
  EXPECT_EQ(keys.Get(ours, "k1")->created_at, FromMicros(1'000));
  EXPECT_EQ(keys.Get(ours, "k3").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(keys.Get(ours, "k9").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(organizations.Delete(others));
  EXPECT_TRUE(keys.Of(others)->empty());
}

TEST_P(StoresTest, NewArchivesGoWhereTheyAreToldOrToTheDefault) {
  StorageStore storages(catalog_.database());
  BackupStore backups(catalog_.database(), clock_);
  const Project project = TenancyStore(catalog_.database()).DefaultProject().value();
  EXPECT_TRUE(backups.PlaceFor(project.id, {})->storage_config_id.empty());
  domain::StorageConfig config;
  config.id = {"plain"};
  config.organization_id = project.organization_id;
  config.name = "plain";
  ASSERT_TRUE(storages.Insert(config));
  config.id = {"sealed"};
  config.name = "sealed";
  config.is_default = true;
  config.encrypts_archives = true;
  ASSERT_TRUE(storages.Insert(config));
  EXPECT_TRUE(storages.Get({"sealed"})->encrypts_archives);
  EXPECT_EQ(backups.PlaceFor(project.id, {})->storage_config_id.value, "sealed");
  EXPECT_TRUE(backups.PlaceFor(project.id, {})->is_sealed);
  EXPECT_FALSE(backups.PlaceFor(project.id, {"plain"})->is_sealed);
  EXPECT_EQ(backups.PlaceFor(project.id, {"gone"}).error().code, ErrorCode::kNotFound);
}

TEST_P(StoresTest, EnvironmentComesBackAsItWasStored) {
  const Environment stored = MakeEnvironment("e1");
  ASSERT_TRUE(environments_.Insert(stored));

  const Environment got = environments_.Get({"e1"}).value();

  EXPECT_EQ(got.id, stored.id);
  EXPECT_EQ(got.project_id, stored.project_id);
  EXPECT_EQ(got.server_id, stored.server_id);
  EXPECT_EQ(got.name, stored.name);
  EXPECT_EQ(got.type, stored.type);
  EXPECT_EQ(got.status, stored.status);
  EXPECT_EQ(got.origin, stored.origin);
  EXPECT_EQ(got.odoo_version, stored.odoo_version);
  EXPECT_EQ(got.db_name, stored.db_name);
  EXPECT_EQ(got.db_user, stored.db_user);
  EXPECT_EQ(got.db_admin, stored.db_admin);
  EXPECT_EQ(got.data_dir, stored.data_dir);
  EXPECT_EQ(got.containers.odoo, stored.containers.odoo);
  EXPECT_EQ(got.containers.db, stored.containers.db);
  EXPECT_EQ(got.containers.pgbouncer, stored.containers.pgbouncer);
  EXPECT_EQ(got.images.odoo, stored.images.odoo);
  EXPECT_EQ(got.images.db, stored.images.db);
  EXPECT_EQ(got.images.pgbouncer, stored.images.pgbouncer);
  EXPECT_EQ(got.volumes, stored.volumes);
  EXPECT_EQ(got.network, stored.network);
  EXPECT_EQ(got.url, stored.url);
  EXPECT_EQ(got.error_message, stored.error_message);
  EXPECT_EQ(got.created_at, clock_.Now());
  EXPECT_EQ(got.updated_at, clock_.Now());
}

TEST_P(StoresTest, NameOfALivingEnvironmentIsTakenInItsProject) {
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e1")));
  Environment twin = MakeEnvironment("e2");
  twin.name = "name e1";

  const Status refused = environments_.Insert(twin);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNameTaken);
  EXPECT_THAT(refused.error().message, HasSubstr("name e1"));
  ASSERT_TRUE(environments_.Update({"e1"}, [](Environment& environment) -> Status {
    environment.status = EnvironmentStatus::kDeleted;
    return {};
  }));
  EXPECT_TRUE(environments_.Insert(twin)) << "the name is free once its bearer is deleted";
}

TEST_P(StoresTest, ContainerBelongsToOneLivingEnvironment) {
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e1")));
  Environment twin = MakeEnvironment("e2");
  twin.containers.odoo = "e1_odoo";

  const Status refused = environments_.Insert(twin);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("e1_odoo"));
}

TEST_P(StoresTest, EnvironmentsWithoutContainersYetDoNotCollide) {
  for (const std::string id : {"e1", "e2"}) {
    Environment environment = MakeEnvironment(id);
    environment.containers = {};
    EXPECT_TRUE(environments_.Insert(environment));
  }
}

TEST_P(StoresTest, RenamingOntoATakenNameIsRefusedAndChangesNothing) {
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e1")));
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e2")));

  const auto refused = environments_.Update({"e2"}, [](Environment& environment) -> Status {
    environment.name = "name e1";
    return {};
  });

  EXPECT_EQ(refused.error().code, ErrorCode::kNameTaken);
  EXPECT_EQ(environments_.Get({"e2"})->name, "name e2");
}

TEST_P(StoresTest, UpdateWritesAllOrNothing) {
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e1")));
  clock_.Advance(hours(1));

  const auto changed = environments_.Update({"e1"}, [](Environment& environment) -> Status {
    environment.status = EnvironmentStatus::kRestoring;
    environment.volumes = {};
    return {};
  });
  const auto refused = environments_.Update({"e1"}, [](Environment& environment) -> Status {
    environment.status = EnvironmentStatus::kError;
    return Fail(ErrorCode::kConflict, "not now");
  });

  EXPECT_EQ(changed->status, EnvironmentStatus::kRestoring);
  EXPECT_EQ(refused.error().message, "not now");
  const Environment got = environments_.Get({"e1"}).value();
  EXPECT_EQ(got.status, EnvironmentStatus::kRestoring);
  EXPECT_THAT(got.volumes, IsEmpty());
  EXPECT_EQ(got.updated_at, clock_.Now());
  EXPECT_EQ(got.created_at, clock_.Now() - hours(1));
}

TEST_P(StoresTest, UnknownIdsAreNotFoundAndNamed) {
  const auto environment = environments_.Get({"e9"});
  EXPECT_EQ(environment.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(environment.error().message, "there is no environment e9");
  EXPECT_EQ(backups_.Get({"b9"}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(restores_.Get({"r9"}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(backups_.Update({"b9"}, [](Backup&) -> Status { return {}; }).error().code,
            ErrorCode::kNotFound);
}

TEST_P(StoresTest, StoreCalledInsideAnUpdateIsRefusedInsteadOfHanging) {
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e1")));

  const auto nested = environments_.Update(
      {"e1"}, [&](Environment&) -> Status { return environments_.Insert(MakeEnvironment("e2")); });

  EXPECT_EQ(nested.error().code, ErrorCode::kInternal);
}

TEST_P(StoresTest, ListsNewestFirstWithoutDeletedOnesUnlessAsked) {
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(environments_.Insert(MakeEnvironment("e" + std::to_string(i))));
    clock_.Advance(hours(1));
  }
  ASSERT_TRUE(environments_.Update({"e4"}, [](Environment& environment) -> Status {
    environment.status = EnvironmentStatus::kDeleted;
    return {};
  }));

  const auto first = environments_.List({}, {1, 3}).value();
  EXPECT_THAT(IdsOf(first), ElementsAre("e5", "e3", "e2"));
  EXPECT_EQ(first.total, 4);
  EXPECT_THAT(IdsOf(environments_.List({}, {2, 3}).value()), ElementsAre("e1"));
  EXPECT_THAT(IdsOf(environments_.List({}, {3, 3}).value()), IsEmpty());
  EnvironmentFilter filter;
  filter.with_deleted = true;
  EXPECT_EQ(environments_.List(filter, {})->total, 5);
  filter.project_id = domain::ProjectId{"another"};
  EXPECT_EQ(environments_.List(filter, {})->total, 0);
}

TEST_P(StoresTest, PageLimitsAreKept) {
  const auto page = environments_.List({}, {0, 100'000}).value();
  EXPECT_EQ(page.page, 1);
  EXPECT_EQ(page.page_size, 100);
  EXPECT_EQ(environments_.List({}, {-3, -3})->page_size, 1);
}

TEST_P(StoresTest, BackupComesBackAsItWasStored) {
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e1")));
  const Backup stored = MakeBackup("b1", "e1");
  ASSERT_TRUE(backups_.Insert(stored));

  const Backup got = backups_.Get({"b1"}).value();

  EXPECT_EQ(got.project_id, stored.project_id);
  EXPECT_EQ(got.environment_id, stored.environment_id);
  EXPECT_EQ(got.task_id, stored.task_id);
  EXPECT_EQ(got.name, stored.name);
  EXPECT_EQ(got.notes, stored.notes);
  EXPECT_EQ(got.status, stored.status);
  EXPECT_EQ(got.type, stored.type);
  EXPECT_EQ(got.include_filestore, stored.include_filestore);
  EXPECT_EQ(got.database_size, stored.database_size);
  EXPECT_EQ(got.filestore_size, stored.filestore_size);
  EXPECT_EQ(got.total_size, stored.total_size);
  EXPECT_EQ(got.compressed_size, stored.compressed_size);
  EXPECT_EQ(got.storage_key, stored.storage_key);
  EXPECT_EQ(got.sha256, stored.sha256);
  EXPECT_EQ(got.manifest_sha256, stored.manifest_sha256);
  EXPECT_EQ(got.format, stored.format);
  EXPECT_EQ(SnapshotToJson(got.snapshot), SnapshotToJson(stored.snapshot));
  EXPECT_EQ(got.snapshot.modules, stored.snapshot.modules);
  EXPECT_EQ(got.snapshot.extensions, stored.snapshot.extensions);
  EXPECT_EQ(got.snapshot.images.pgbouncer, "i3");
  EXPECT_EQ(got.is_verified, stored.is_verified);
  EXPECT_EQ(got.verified_at, stored.verified_at);
  EXPECT_EQ(got.started_at, stored.started_at);
  EXPECT_EQ(got.completed_at, stored.completed_at);
  EXPECT_EQ(got.expires_at, stored.expires_at);
  EXPECT_EQ(got.error_message, stored.error_message);
  EXPECT_EQ(got.created_at, clock_.Now());
}

TEST_P(StoresTest, ImportedBackupHasNoEnvironment) {
  ASSERT_TRUE(backups_.Insert(MakeBackup("b1")));
  EXPECT_TRUE(backups_.Get({"b1"})->environment_id.empty());
}

TEST_P(StoresTest, BackupOfAnUnknownEnvironmentIsRefused) {
  EXPECT_EQ(backups_.Insert(MakeBackup("b1", "nobody")).error().code, ErrorCode::kConflict);
}

TEST_P(StoresTest, BackupsAreFilteredByEachField) {
  ASSERT_TRUE(environments_.Insert(MakeEnvironment("e1")));
  ASSERT_TRUE(backups_.Insert(MakeBackup("b1", "e1")));
  Backup failed = MakeBackup("b2");
  failed.status = BackupStatus::kFailed;
  failed.type = domain::BackupType::kManual;
  ASSERT_TRUE(backups_.Insert(failed));
  Backup deleted = MakeBackup("b3", "e1");
  deleted.status = BackupStatus::kDeleted;
  ASSERT_TRUE(backups_.Insert(deleted));
  const auto ids = [&](const BackupFilter& filter) {
    return IdsOf(backups_.List(filter, {}).value());
  };

  EXPECT_THAT(ids({}), ElementsAre("b2", "b1"));
  EXPECT_THAT(ids({.environment_id = domain::EnvironmentId{"e1"}}), ElementsAre("b1"));
  EXPECT_THAT(ids({.status = BackupStatus::kFailed}), ElementsAre("b2"));
  EXPECT_THAT(ids({.type = domain::BackupType::kManual}), ElementsAre("b2"));
  EXPECT_THAT(ids({.project_id = domain::ProjectId{"x"}}), IsEmpty());
  EXPECT_THAT(ids({.environment_id = domain::EnvironmentId{"e1"}, .with_deleted = true}),
              ElementsAre("b3", "b1"));
}

TEST_P(StoresTest, RestoreComesBackAsItWasStored) {
  InsertWhatARestoreNeeds();
  RestorePoint stored = MakeRestore("r1");
  stored.request.backup_id = {"b1"};
  stored.request.mode = domain::RestoreMode::kCrossServer;
  stored.request.environment_id = {"e1"};
  stored.request.new_environment = {"copy", domain::EnvironmentType::kTesting, server_};
  stored.request.create_pre_restore_backup = false;
  stored.request.include_filestore = false;
  stored.request.neutralize = domain::Switch::kOff;
  stored.request.identity = domain::IdentityPolicy::kReset;
  stored.request.strategy = domain::RestoreStrategy::kInPlace;
  stored.request.keep_previous = hours(48);
  stored.request.on_unhealthy = domain::UnhealthyPolicy::kLeave;
  stored.request.run_at = FromMicros(123'456'789);
  stored.request.idempotency_key = "key";
  stored.request.confirm = "RESTORE";
  stored.strategy = domain::RestoreStrategy::kInPlace;
  stored.status = domain::RestoreStatus::kFailed;
  stored.outcome = domain::RestoreOutcome::kRolledBack;
  stored.pre_restore_backup_id = {"b1"};
  stored.started_at = FromMicros(1);
  stored.completed_at = FromMicros(2);
  stored.downtime_seconds = 12.25;
  stored.undo_expires_at = FromMicros(3);
  stored.previous_db_name = "shop__old_r1";
  stored.error_code = "unhealthy";
  stored.error_message = "no answer";
  stored.error_step = "verify";
  stored.warnings = {"one", "two"};
  stored.proof_json = "{\"ok\":true}";
  ASSERT_TRUE(restores_.Insert(stored));

  const RestorePoint got = restores_.Get({"r1"}).value();

  EXPECT_EQ(RequestToJson(got.request), RequestToJson(stored.request));
  EXPECT_EQ(got.request.run_at, stored.request.run_at);
  EXPECT_EQ(got.request.keep_previous, hours(48));
  EXPECT_EQ(got.request.mode, domain::RestoreMode::kCrossServer);
  EXPECT_EQ(got.request.new_environment.type, domain::EnvironmentType::kTesting);
  EXPECT_FALSE(got.request.include_filestore);
  EXPECT_EQ(got.target_environment_id, stored.target_environment_id);
  EXPECT_EQ(got.target_server_id, stored.target_server_id);
  EXPECT_EQ(got.task_id, stored.task_id);
  EXPECT_EQ(got.strategy, stored.strategy);
  EXPECT_EQ(got.status, stored.status);
  EXPECT_EQ(got.outcome, stored.outcome);
  EXPECT_EQ(got.pre_restore_backup_id, stored.pre_restore_backup_id);
  EXPECT_EQ(got.started_at, stored.started_at);
  EXPECT_EQ(got.completed_at, stored.completed_at);
  EXPECT_EQ(got.downtime_seconds, stored.downtime_seconds);
  EXPECT_EQ(got.undo_expires_at, stored.undo_expires_at);
  EXPECT_EQ(got.previous_db_name, stored.previous_db_name);
  EXPECT_EQ(got.error_code, stored.error_code);
  EXPECT_EQ(got.error_message, stored.error_message);
  EXPECT_EQ(got.error_step, stored.error_step);
  EXPECT_EQ(got.warnings, stored.warnings);
  EXPECT_EQ(got.proof_json, stored.proof_json);
  EXPECT_EQ(got.created_at, clock_.Now());
}

TEST_P(StoresTest, AbsentValuesOfARestoreStayAbsent) {
  InsertWhatARestoreNeeds();
  ASSERT_TRUE(restores_.Insert(MakeRestore("r1")));

  const RestorePoint got = restores_.Get({"r1"}).value();

  EXPECT_EQ(got.request.run_at, std::nullopt);
  EXPECT_EQ(got.downtime_seconds, std::nullopt);
  EXPECT_EQ(got.undo_expires_at, std::nullopt);
  EXPECT_TRUE(got.pre_restore_backup_id.empty());
  EXPECT_THAT(got.warnings, IsEmpty());
  EXPECT_EQ(got.request.keep_previous, hours(24));
}

TEST_P(StoresTest, ExpiredUndoListsOnlyThoseThatStillKeepSomething) {
  InsertWhatARestoreNeeds();
  const Instant now = clock_.Now();
  const auto insert = [&](const std::string& id, Instant expires, const std::string& previous) {
    RestorePoint restore = MakeRestore(id);
    restore.undo_expires_at = expires;
    restore.previous_db_name = previous;
    ASSERT_TRUE(restores_.Insert(restore));
  };
  insert("later", now + hours(1), "old1");
  insert("due", now, "old2");
  insert("long due", now - hours(1), "old3");
  insert("released", now - hours(1), "");

  std::vector<std::string> ids;
  const auto expired = restores_.ExpiredUndo(now).value();
  for (const RestorePoint& restore : expired) ids.push_back(restore.id.value);

  EXPECT_THAT(ids, ElementsAre("long due", "due"));
}

TEST_P(StoresTest, RestoresAreFilteredAndUpdated) {
  InsertWhatARestoreNeeds();
  ASSERT_TRUE(restores_.Insert(MakeRestore("r1")));
  clock_.Advance(hours(1));
  ASSERT_TRUE(restores_.Insert(MakeRestore("r2")));

  ASSERT_TRUE(restores_.Update({"r1"}, [](RestorePoint& restore) -> Status {
    restore.warnings.emplace_back("3 attachments are missing");
    return {};
  }));

  EXPECT_THAT(restores_.Get({"r1"})->warnings, ElementsAre("3 attachments are missing"));
  EXPECT_THAT(IdsOf(restores_.List({}, {}).value()), ElementsAre("r2", "r1"));
  RestoreFilter filter;
  filter.environment_id = domain::EnvironmentId{"e1"};
  filter.backup_id = domain::BackupId{"b1"};
  EXPECT_EQ(restores_.List(filter, {})->total, 2);
  filter.backup_id = domain::BackupId{"b2"};
  EXPECT_EQ(restores_.List(filter, {})->total, 0);
}

TEST_P(StoresTest, WordThatTheProgramDoesNotKnowIsToldNotGuessed) {
  InsertWhatARestoreNeeds();
  ASSERT_TRUE(catalog_.database().Write([](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("UPDATE backup SET status = 'frozen'", {}));
    RETURN_IF_ERROR(tx.Execute("UPDATE environment SET images = 'no json'", {}));
    return {};
  }));

  const auto backup = backups_.Get({"b1"});
  ASSERT_FALSE(backup);
  EXPECT_EQ(backup.error().code, ErrorCode::kInternal);
  EXPECT_THAT(backup.error().message, HasSubstr("frozen"));
  EXPECT_THAT(backup.error().message, HasSubstr("b1"));
  EXPECT_EQ(environments_.Get({"e1"}).error().code, ErrorCode::kInternal);
}

TEST_P(StoresTest, InsertsOfOneTransactionStandOrFallTogether) {
  const Status status = catalog_.database().Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(EnvironmentStore::InsertIn(tx, clock_, MakeEnvironment("e1")));
    RETURN_IF_ERROR(BackupStore::InsertIn(tx, clock_, MakeBackup("b1", "e1")));
    RETURN_IF_ERROR(RestoreStore::InsertIn(tx, clock_, MakeRestore("r1")));
    return RestoreStore::InsertIn(tx, clock_, MakeRestore("r1"));
  });

  EXPECT_EQ(status.error().code, ErrorCode::kConflict);
  EXPECT_EQ(environments_.Get({"e1"}).error().code, ErrorCode::kNotFound);
}

TEST_P(StoresTest, TheFirstValueOfASettingStays) {
  SettingStore settings(catalog_.database());
  EXPECT_EQ(settings.Get("installation").value(), std::nullopt);
  EXPECT_EQ(settings.Ensure("installation", "a").value(), "a");
  EXPECT_EQ(settings.Ensure("installation", "b").value(), "a");
  EXPECT_EQ(settings.Get("installation").value(), "a");
}

INSTANTIATE_TEST_SUITE_P(Catalogs, StoresTest, ::testing::ValuesIn(testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace reprise::catalog
