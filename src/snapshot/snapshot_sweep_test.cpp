#include "snapshot/snapshot_sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::snapshot {
namespace {

using domain::Snapshot;
using domain::SnapshotOrigin;
using domain::SnapshotStatus;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SnapshotSweepTest : public ::testing::Test {
 protected:
  SnapshotSweepTest() {
    domain::Environment shop;
    shop.id = {"e1"};
    shop.project_id = catalog_.project();
    shop.server_id = catalog_.server();
    shop.name = "shop";
    shop.status = domain::EnvironmentStatus::kRunning;
    EXPECT_TRUE(environments_.Insert(shop));
  }
  Snapshot Make(const std::string& id, SnapshotOrigin origin = SnapshotOrigin::kManual) {
    Snapshot snapshot;
    snapshot.id = {id};
    snapshot.project_id = catalog_.project();
    snapshot.environment_id = {"e1"};
    snapshot.origin = origin;
    snapshot.status = SnapshotStatus::kKept;
    snapshot.database_name = "shop__old_" + id;
    snapshot.created_at = clock_.Now() + std::chrono::seconds(++made_);
    return snapshot;
  }
  void Add(const Snapshot& snapshot) { ASSERT_TRUE(snapshots_.InsertOnce(snapshot, std::nullopt)); }
  // What a sweep orders to be removed.
  std::vector<std::string> Swept() {
    EXPECT_TRUE(sweep_.Sweep(Context()));
    std::vector<std::string> ids;
    const auto all = snapshots_.List({.status = SnapshotStatus::kRemoving}, {1, 100}).value();
    for (const Snapshot& one : all.items) ids.push_back(one.id.value);
    return ids;
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
  const SnapshotSweep sweep_{{.service = service_,
                              .snapshots = snapshots_,
                              .environments = environments_,
                              .journal = journal_,
                              .clock = clock_}};
  int made_ = 0;
};

TEST_F(SnapshotSweepTest, WhatIsOverGoes) {
  Snapshot soon = Make("s1");
  soon.expires_at = clock_.Now() + minutes(5);
  Add(soon);
  Add(Make("s2"));
  EXPECT_THAT(Swept(), IsEmpty());
  clock_.Advance(minutes(5));
  EXPECT_THAT(Swept(), ElementsAre("s1"));
}

TEST_F(SnapshotSweepTest, OfRestoresTheOldestGivesWay) {
  ASSERT_TRUE(service_.PutSettings({"e1"}, {.keep = 2, .after_restore = true}));
  Add(Make("s1", SnapshotOrigin::kAfterRestore));
  Add(Make("s2"));
  EXPECT_THAT(Swept(), IsEmpty());
  Add(Make("s3", SnapshotOrigin::kAfterRestore));
  EXPECT_THAT(Swept(), ElementsAre("s1"));
}

TEST_F(SnapshotSweepTest, WhatPersonsTookAndTheNewestOfRestoresStay) {
  ASSERT_TRUE(service_.PutSettings({"e1"}, {.keep = 0}));
  Add(Make("s1"));
  Add(Make("s2", SnapshotOrigin::kAfterRestore));
  EXPECT_THAT(Swept(), IsEmpty());
}

TEST_F(SnapshotSweepTest, WhatAFailureLeftGoesWithAPauseButNeverWhatARollbackReplaced) {
  Snapshot failed = Make("s1");
  failed.status = SnapshotStatus::kFailed;
  failed.ended_at = clock_.Now();
  Add(failed);
  Snapshot was_live = Make("s2", SnapshotOrigin::kBeforeRollback);
  was_live.status = SnapshotStatus::kFailed;
  was_live.ended_at = clock_.Now();
  was_live.expires_at = clock_.Now();
  Add(was_live);
  EXPECT_THAT(Swept(), IsEmpty());
  clock_.Advance(minutes(60));
  EXPECT_THAT(Swept(), ElementsAre("s1"));
}

TEST_F(SnapshotSweepTest, OfARollbackOneThatFailedInItsRemovalIsRemovedInTheEnd) {
  Snapshot failed = Make("s1", SnapshotOrigin::kBeforeRollback);
  failed.status = SnapshotStatus::kFailed;
  failed.taken_at = clock_.Now();
  failed.ended_at = clock_.Now();
  Add(failed);
  EXPECT_FALSE(MayRollBackTo(failed)) << "half of it may be gone";
  clock_.Advance(minutes(60));
  EXPECT_THAT(Swept(), ElementsAre("s1"));
}

TEST_F(SnapshotSweepTest, WhatItsTaskNeverToldOfIsNotOnItsWayForEver) {
  Snapshot taking = Make("s1");
  taking.status = SnapshotStatus::kTaking;
  taking.task_id = {"gone"};
  Add(taking);
  Snapshot was_live = Make("s2", SnapshotOrigin::kBeforeRollback);
  was_live.status = SnapshotStatus::kTaking;
  was_live.task_id = {"gone"};
  Add(was_live);
  EXPECT_THAT(Swept(), IsEmpty());
  EXPECT_EQ(snapshots_.Get({"s1"})->status, SnapshotStatus::kFailed);
  EXPECT_EQ(snapshots_.Get({"s2"})->status, SnapshotStatus::kFailed);
  EXPECT_TRUE(MayRollBackTo(snapshots_.Get({"s2"}).value()));
}

TEST_F(SnapshotSweepTest, ThoseOfARemovedEnvironmentAreGoneWithIt) {
  Add(Make("s1"));
  ASSERT_TRUE(environments_.Update({"e1"}, [](domain::Environment& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  EXPECT_THAT(Swept(), IsEmpty());
  EXPECT_EQ(snapshots_.Get({"s1"})->status, SnapshotStatus::kRemoved);
  EXPECT_THAT(snapshots_.Standing().value(), IsEmpty());
}

TEST_F(SnapshotSweepTest, ABusyEnvironmentIsForTheNextTime) {
  Snapshot over = Make("s1");
  over.expires_at = clock_.Now();
  Add(over);
  ASSERT_TRUE(journal_.Submit({.kind = domain::TaskKind::kBackup,
                               .project_id = catalog_.project(),
                               .subject_id = "b1",
                               .target = "e1"}));
  EXPECT_THAT(Swept(), IsEmpty());
}

}  // namespace
}  // namespace reprise::snapshot
