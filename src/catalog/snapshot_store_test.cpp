#include "catalog/snapshot_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::catalog {
namespace {

using domain::EnvironmentOrigin;
using domain::Snapshot;
using domain::SnapshotOrigin;
using domain::SnapshotSettings;
using domain::SnapshotStatus;
using ::testing::ElementsAre;

class SnapshotStoreTest : public ::testing::TestWithParam<testing::CatalogKind> {
 protected:
  SnapshotStoreTest() {
    AddEnvironment("e1", EnvironmentOrigin::kAdopted);
    AddEnvironment("e2", EnvironmentOrigin::kDeployed);
  }
  void AddEnvironment(const std::string& id, EnvironmentOrigin origin) {
    domain::Environment environment;
    environment.id = {id};
    environment.project_id = catalog_.project();
    environment.server_id = catalog_.server();
    environment.name = id;
    environment.origin = origin;
    environment.status = domain::EnvironmentStatus::kRunning;
    EXPECT_TRUE(environments_.Insert(environment));
  }
  Snapshot Make(const std::string& id, SnapshotStatus status = SnapshotStatus::kKept,
                SnapshotOrigin origin = SnapshotOrigin::kManual) {
    Snapshot snapshot;
    snapshot.id = {id};
    snapshot.project_id = catalog_.project();
    snapshot.environment_id = {"e1"};
    snapshot.task_id = {"t1"};
    snapshot.status = status;
    snapshot.origin = origin;
    snapshot.database_name = "shop__old_" + id;
    snapshot.created_at = clock_.Now() + std::chrono::seconds(++made_);
    return snapshot;
  }
  void Add(const Snapshot& snapshot) { ASSERT_TRUE(snapshots_.InsertOnce(snapshot, std::nullopt)); }
  std::vector<std::string> Ids(const std::vector<Snapshot>& snapshots) {
    std::vector<std::string> ids;
    for (const Snapshot& one : snapshots) ids.push_back(one.id.value);
    return ids;
  }
  Status CheckNoneLeftBehind(const std::string& environment) {
    return catalog_.database().Write([&](Transaction& transaction) {
      return SnapshotStore::CheckNoneLeftBehindIn(transaction, {environment});
    });
  }

  testing::TemporaryCatalog catalog_{GetParam()};
  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  EnvironmentStore environments_{catalog_.database(), clock_};
  SnapshotStore snapshots_{catalog_.database(), clock_};
  int made_ = 0;
};
INSTANTIATE_TEST_SUITE_P(, SnapshotStoreTest, ::testing::ValuesIn(testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

TEST_P(SnapshotStoreTest, KeepsEveryField) {
  Snapshot stored = Make("s1", SnapshotStatus::kFailed, SnapshotOrigin::kBeforeRollback);
  stored.name = "before the upgrade";
  stored.rollback_to = {"s0"};
  stored.spares_it = true;
  stored.odoo_version = "14.0";
  stored.database_bytes = 5'000'000'000;
  stored.created_by = "ann";
  stored.taken_at = clock_.Now();
  stored.expires_at = clock_.Now() + std::chrono::hours(1);
  stored.ended_at = clock_.Now() + std::chrono::hours(2);
  stored.error_code = "unhealthy";
  stored.error_message = "Odoo does not answer";
  Add(stored);
  const Snapshot got = snapshots_.Get({"s1"}).value();
  EXPECT_EQ(got.name, stored.name);
  EXPECT_EQ(got.origin, stored.origin);
  EXPECT_EQ(got.status, stored.status);
  EXPECT_EQ(got.database_name, stored.database_name);
  EXPECT_EQ(got.rollback_to, stored.rollback_to);
  EXPECT_TRUE(got.spares_it);
  EXPECT_EQ(got.odoo_version, stored.odoo_version);
  EXPECT_EQ(got.database_bytes, stored.database_bytes);
  EXPECT_EQ(got.created_by, stored.created_by);
  EXPECT_EQ(got.created_at, stored.created_at);
  EXPECT_EQ(got.taken_at, stored.taken_at);
  EXPECT_EQ(got.expires_at, stored.expires_at);
  EXPECT_EQ(got.ended_at, stored.ended_at);
  EXPECT_EQ(got.error_code, stored.error_code);
  EXPECT_EQ(got.error_message, stored.error_message);
}

TEST_P(SnapshotStoreTest, IsInsertedOnceHoweverOftenItIsAskedFor) {
  Add(Make("s1"));
  Add(Make("s1", SnapshotStatus::kTaking));
  EXPECT_EQ(snapshots_.Get({"s1"})->status, SnapshotStatus::kKept);
}

TEST_P(SnapshotStoreTest, StandingAreThoseWithADatabaseTheNewestFirst) {
  Add(Make("s1"));
  Snapshot gone = Make("s2", SnapshotStatus::kRemoved);
  gone.database_name.clear();
  Add(gone);
  Add(Make("s3", SnapshotStatus::kFailed));
  EXPECT_THAT(Ids(snapshots_.Standing().value()), ElementsAre("s3", "s1"));
}

TEST_P(SnapshotStoreTest, SettingsAreThoseOfEveryEnvironmentUntilTheyAreSet) {
  EXPECT_EQ(snapshots_.SettingsOf({"e1"}).value(), SnapshotSettings());
  const SnapshotSettings wanted{.keep = 7, .after_restore = true};
  ASSERT_TRUE(snapshots_.PutSettings({"e1"}, {.keep = 1}));
  ASSERT_TRUE(snapshots_.PutSettings({"e1"}, wanted));
  EXPECT_EQ(snapshots_.SettingsOf({"e1"}).value(), wanted);
  EXPECT_EQ(snapshots_.SettingsOf({"e2"}).value(), SnapshotSettings());
}

TEST_P(SnapshotStoreTest, RestoresLeaveOneOnlyWhereItIsWantedAndPersonsLeaveRoom) {
  EXPECT_FALSE(snapshots_.KeepsRestoresOf({"e1"}).value());
  ASSERT_TRUE(snapshots_.PutSettings({"e1"}, {.keep = 2, .after_restore = true}));
  Add(Make("s1", SnapshotStatus::kKept, SnapshotOrigin::kAfterRestore));
  Add(Make("s2", SnapshotStatus::kKept, SnapshotOrigin::kAfterRestore));
  EXPECT_TRUE(snapshots_.KeepsRestoresOf({"e1"}).value()) << "the oldest of them gives way";
  Add(Make("s3"));
  EXPECT_TRUE(snapshots_.KeepsRestoresOf({"e1"}).value());
  Add(Make("s4"));
  EXPECT_FALSE(snapshots_.KeepsRestoresOf({"e1"}).value());
}

TEST_P(SnapshotStoreTest, AnAdoptedEnvironmentLeavesNoneBehind) {
  EXPECT_TRUE(CheckNoneLeftBehind("e1"));
  Add(Make("s1"));
  const Status left = CheckNoneLeftBehind("e1");
  EXPECT_EQ(left.error().code, ErrorCode::kConflict);
  EXPECT_THAT(left.error().hint, ::testing::HasSubstr("reprise snapshot remove s1"));
  Snapshot of_deployed = Make("s2");
  of_deployed.environment_id = {"e2"};
  Add(of_deployed);
  EXPECT_TRUE(CheckNoneLeftBehind("e2")) << "its volumes go with it";
}

}  // namespace
}  // namespace reprise::catalog
