#include "snapshot/snapshot_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::snapshot {
namespace {

using domain::Snapshot;
using domain::SnapshotOrigin;
using domain::SnapshotStatus;
using domain::TaskKind;
using std::chrono::hours;
using ::testing::HasSubstr;

class SnapshotServiceTest : public ::testing::Test {
 protected:
  SnapshotServiceTest() {
    shop_.id = {"e1"};
    shop_.project_id = catalog_.project();
    shop_.server_id = catalog_.server();
    shop_.name = "shop";
    shop_.db_name = "shop";
    shop_.odoo_version = "14.0";
    shop_.status = domain::EnvironmentStatus::kRunning;
    EXPECT_TRUE(environments_.Insert(shop_));
  }
  Result<Snapshot> Take() { return service_.Take({.environment_id = {"e1"}, .created_by = "ann"}); }
  // As the workflow leaves it.
  Snapshot Kept() {
    const Snapshot snapshot = Take().value();
    EndTask();
    Change(snapshot, [](Snapshot& row) {
      row.status = SnapshotStatus::kKept;
      row.database_name = "shop__old_1";
    });
    return snapshots_.Get(snapshot.id).value();
  }
  void Change(const Snapshot& snapshot, const std::function<void(Snapshot&)>& change) {
    EXPECT_TRUE(snapshots_.Update(snapshot.id, {}, [&](Snapshot& row) -> Status {
      change(row);
      return {};
    }));
  }
  void EndTask() {
    const auto claim = journal_.ClaimNext("worker", std::chrono::seconds(30)).value().value();
    EXPECT_TRUE(journal_.End(claim, domain::TaskStatus::kCompleted));
  }
  domain::Task TaskOf(const Snapshot& snapshot) { return journal_.Get(snapshot.task_id).value(); }
  void SetEnvironment(const std::function<void(domain::Environment&)>& change) {
    EXPECT_TRUE(environments_.Update(shop_.id, [&](domain::Environment& row) -> Status {
      change(row);
      return {};
    }));
  }

  catalog::testing::TemporaryCatalog catalog_;
  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::SnapshotStore snapshots_{catalog_.database(), clock_};
  jobs::Journal journal_{catalog_.database(), clock_};
  SnapshotService service_{{.snapshots = snapshots_,
                            .environments = environments_,
                            .journal = journal_,
                            .clock = clock_}};
  domain::Environment shop_;
};

TEST_F(SnapshotServiceTest, TakingOneHoldsTheEnvironment) {
  const Snapshot snapshot = Take().value();
  EXPECT_EQ(snapshots_.Get(snapshot.id)->status, SnapshotStatus::kTaking);
  EXPECT_EQ(TaskOf(snapshot).kind, TaskKind::kSnapshot);
  EXPECT_EQ(TaskOf(snapshot).target, "e1");
  EXPECT_EQ(Take().error().code, ErrorCode::kTargetBusy);
}

TEST_F(SnapshotServiceTest, NoMoreAreTakenThanTheEnvironmentKeeps) {
  ASSERT_TRUE(service_.PutSettings({"e1"}, {.keep = 1}));
  const Snapshot first = Kept();
  const auto refused = Take();
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(refused.error().message, "\"shop\" keeps 1 snapshots, and may keep 1");
  Change(first, [](Snapshot& row) { row.origin = SnapshotOrigin::kBeforeRollback; });
  EXPECT_TRUE(Take()) << "what a rollback left does not count";
}

TEST_F(SnapshotServiceTest, OfARemovedEnvironmentNoneIsTaken) {
  SetEnvironment([](auto& row) { row.status = domain::EnvironmentStatus::kDeleted; });
  EXPECT_EQ(Take().error().code, ErrorCode::kConflict);
}

TEST_F(SnapshotServiceTest, ARollbackKeepsWhatIsLiveAsASnapshotForAWhile) {
  const Snapshot to = Kept();
  const Snapshot previous =
      service_.RollBack({.snapshot_id = to.id, .keep_previous = hours(5), .created_by = "bob"})
          .value();
  EXPECT_EQ(previous.origin, SnapshotOrigin::kBeforeRollback);
  EXPECT_EQ(previous.rollback_to, to.id);
  EXPECT_EQ(previous.expires_at, clock_.Now() + hours(5));
  EXPECT_EQ(TaskOf(previous).kind, TaskKind::kRollback);
  EXPECT_EQ(TaskOf(previous).subject_id, previous.id.value);
}

TEST_F(SnapshotServiceTest, OnlyWhatStandsWholeCanBeRolledBackTo) {
  const Snapshot to = Kept();
  Change(to, [](Snapshot& row) { row.status = SnapshotStatus::kFailed; });
  const auto refused = service_.RollBack({.snapshot_id = to.id});
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("is failed: nothing stands of it"));
  Change(to, [](Snapshot& row) { row.origin = SnapshotOrigin::kBeforeRollback; });
  EXPECT_TRUE(service_.RollBack({.snapshot_id = to.id}))
      << "what a failed rollback could not put back was live";
}

TEST_F(SnapshotServiceTest, AnotherMajorOfOdooCannotRunOnIt) {
  const Snapshot to = Kept();
  SetEnvironment([](auto& row) { row.odoo_version = "15.0"; });
  EXPECT_EQ(service_.RollBack({.snapshot_id = to.id}).error().code, ErrorCode::kIncompatible);
}

TEST_F(SnapshotServiceTest, AConfirmationOfAnotherEnvironmentIsRefused) {
  const Snapshot to = Kept();
  EXPECT_EQ(service_.RollBack({.snapshot_id = to.id, .confirm = "blog"}).error().code,
            ErrorCode::kConfirmationMissing);
  EXPECT_TRUE(service_.RollBack({.snapshot_id = to.id, .confirm = "shop"}));
}

TEST_F(SnapshotServiceTest, RemovingNeedsSomethingThatStands) {
  const Snapshot snapshot = Kept();
  ASSERT_TRUE(service_.Remove(snapshot.id));
  EXPECT_EQ(snapshots_.Get(snapshot.id)->status, SnapshotStatus::kRemoving);
  EndTask();
  Change(snapshot, [](Snapshot& row) { row.database_name.clear(); });
  EXPECT_EQ(service_.Remove(snapshot.id).error().code, ErrorCode::kConflict);
}

TEST_F(SnapshotServiceTest, CancelledBeforeItBeganTheyAreWhatTheyWere) {
  const auto cancel = [&](const domain::TaskId& id) {
    const auto end = [&](catalog::Transaction& transaction, const domain::Task& task) {
      return SnapshotService::EndCancelledIn(transaction, clock_, task);
    };
    EXPECT_TRUE(journal_.RequestCancel(id, end));
  };
  const Snapshot taken = Take().value();
  cancel(taken.task_id);
  EXPECT_EQ(snapshots_.Get(taken.id)->status, SnapshotStatus::kFailed);
  const Snapshot kept = Kept();
  cancel(service_.Remove(kept.id)->id);
  EXPECT_EQ(snapshots_.Get(kept.id)->status, SnapshotStatus::kKept);
  const Snapshot previous = service_.RollBack({.snapshot_id = kept.id}).value();
  cancel(previous.task_id);
  EXPECT_EQ(snapshots_.Get(previous.id)->status, SnapshotStatus::kFailed);
  EXPECT_EQ(snapshots_.Get(kept.id)->status, SnapshotStatus::kKept);
}

TEST_F(SnapshotServiceTest, ImpossibleSettingsAreRefused) {
  EXPECT_EQ(service_.PutSettings({"e1"}, {.keep = 21}).error().field, "/keep");
  EXPECT_EQ(service_.PutSettings({"e1"}, {.keep = -1}).error().field, "/keep");
}

}  // namespace
}  // namespace reprise::snapshot
