#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "snapshot/testing/snapshot_house.hpp"

namespace reprise::snapshot {
namespace {

using domain::Snapshot;
using domain::SnapshotStatus;
using ::testing::HasSubstr;
using House = testing::SnapshotHouse;

TEST(Rollback, TheSnapshotAndWhatIsLiveChangePlaces) {
  House house;
  house.Take();
  const auto later = house.FilesOf("shop-db");
  house.BeginRollback();
  const Status ran = house.RunTo("verify");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
  EXPECT_EQ(house.Live(), "copy");
  EXPECT_TRUE(house.trio.Answers("shop-db"));
  EXPECT_EQ(house.FilesOf("shop-db").size(), 2U) << "without the later file";
  EXPECT_EQ(house.trio.databases.ContentOf(House::kReplaced), "changed");
  EXPECT_EQ(house.FilesOf(House::kReplaced), later);
  EXPECT_EQ(house.RowOf(House::kId).status, SnapshotStatus::kUsed);
  EXPECT_EQ(house.RowOf(House::kId).database_name, "");
  EXPECT_EQ(house.RowOf(House::kLaterId).status, SnapshotStatus::kKept);
  EXPECT_EQ(house.RowOf(House::kLaterId).database_name, House::kReplaced);
  EXPECT_EQ(house.environments.Get(house.trio.shop.id)->status,
            domain::EnvironmentStatus::kRunning);
}

TEST(Rollback, ASparedSnapshotStaysAsItWas) {
  House house;
  house.Take();
  const auto kept = house.trio.databases.world().databases.at(House::kKept);
  house.BeginRollback(true);
  ASSERT_TRUE(house.RunTo("verify"));
  ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
  EXPECT_EQ(house.Live(), "copy");
  EXPECT_EQ(house.trio.databases.world().databases.at(House::kKept), kept);
  EXPECT_EQ(house.FilesOf(House::kKept), house.FilesOf("shop-db"));
  EXPECT_EQ(house.RowOf(House::kId).status, SnapshotStatus::kKept);
  EXPECT_EQ(house.trio.databases.world().databases.size(), 3U) << "no copy is left beside it";
  EXPECT_EQ(house.space.Count().value(), 0);
}

TEST(Rollback, OneOnWhichOdooDoesNotComeUpIsPutAsideAgain) {
  for (const bool spares : {false, true}) {
    SCOPED_TRACE(spares);
    House house;
    house.Take();
    house.trio.sick = {"copy"};
    house.BeginRollback(spares);
    const Status ran = house.RunTo("verify");
    ASSERT_EQ(ran.error().code, ErrorCode::kUnhealthy);
    ASSERT_TRUE(house.UndoAll());
    ASSERT_TRUE(house.workflow->Ended(Context(), jobs::Failure{ran.error(), "verify"}));
    EXPECT_EQ(house.Look(), house.before);
    EXPECT_EQ(house.RowOf(House::kId).status, SnapshotStatus::kKept);
    EXPECT_EQ(house.RowOf(House::kLaterId).status, SnapshotStatus::kFailed);
    EXPECT_EQ(house.RowOf(House::kLaterId).database_name, "");
    EXPECT_EQ(house.environments.Get(house.trio.shop.id)->status,
              domain::EnvironmentStatus::kRunning);
  }
}

TEST(Rollback, WhatCouldNotBePutBackStaysNamedForAPerson) {
  House house;
  house.Take();
  house.trio.sick = {"copy"};
  house.BeginRollback();
  const Status ran = house.RunTo("verify");
  ASSERT_FALSE(ran);
  // Nothing could be taken back: the engine was away for longer than anybody waits.
  ASSERT_TRUE(house.workflow->Ended(Context(), jobs::Failure{ran.error(), "verify"}));
  EXPECT_EQ(house.RowOf(House::kLaterId).database_name, House::kReplaced);
  EXPECT_EQ(house.environments.Get(house.trio.shop.id)->status, domain::EnvironmentStatus::kError);
}

TEST(Rollback, WhatWasLiveIsKeptForItsTimeFromTheEndOn) {
  House house;
  house.Take();
  house.BeginRollback();
  ASSERT_TRUE(house.snapshots.Update({House::kLaterId}, std::nullopt, [&](Snapshot& row) -> Status {
    row.expires_at = row.created_at + std::chrono::hours(1);
    return {};
  }));
  house.clock.Advance(std::chrono::hours(5));  // in a queue
  ASSERT_TRUE(house.RunTo("verify"));
  ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
  EXPECT_EQ(house.RowOf(House::kLaterId).expires_at, house.clock.Now() + std::chrono::hours(1));
}

TEST(Rollback, WhereSomebodyDroppedWhatWasLiveItHelpsAllTheMore) {
  House house;
  house.Take();
  auto world = house.trio.databases.world();
  world.databases.erase("shop-db");
  house.trio.databases.Set(std::move(world));
  house.BeginRollback();
  const Status ran = house.RunTo("verify");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
  EXPECT_EQ(house.Live(), "copy");
  EXPECT_EQ(house.RowOf(House::kLaterId).status, SnapshotStatus::kRemoved);
  EXPECT_EQ(house.RowOf(House::kLaterId).database_name, "") << "nothing was replaced";
}

TEST(Rollback, ASnapshotThatSomebodyDroppedStopsNothing) {
  House house;
  house.Take();
  auto world = house.trio.databases.world();
  world.databases.erase(House::kKept);
  house.trio.databases.Set(std::move(world));
  house.BeginRollback();
  const Status ran = house.RunTo("verify");
  EXPECT_EQ(ran.error().code, ErrorCode::kConflict);
  EXPECT_THAT(ran.error().message, HasSubstr(House::kKept));
  EXPECT_TRUE(house.trio.Runs("shop_odoo"));
}

TEST(Rollback, AProcessThatDiesAtAnyActLeavesWhatTheNextEndsOrTakesBack) {
  for (const bool spares : {false, true}) {
    for (int act = 0;; ++act) {
      SCOPED_TRACE(fmt::format("dead at act {}, spares {}", act, spares));
      House house;
      house.Take();
      house.BeginRollback(spares);
      house.fuse.DieAt(act);
      const Status ran = house.RunTo("verify");
      house.fuse.Revive();
      if (ran) break;
      house.ClaimRollback();
      if (act % 2 == 0) {
        ASSERT_TRUE(house.UndoAll());
        ASSERT_EQ(house.Look(), house.before);
        continue;
      }
      ASSERT_TRUE(house.RunTo("verify"));
      ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
      ASSERT_EQ(house.Live(), "copy");
      ASSERT_EQ(house.trio.databases.ContentOf(House::kReplaced), "changed");
      ASSERT_EQ(house.trio.databases.ContentOf(House::kKept), spares ? "copy" : "-");
      ASSERT_TRUE(house.Look().odoo_runs);
      ASSERT_TRUE(house.Look().helpers.empty());
    }
  }
}

}  // namespace
}  // namespace reprise::snapshot
