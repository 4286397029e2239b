#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "snapshot/testing/snapshot_house.hpp"

namespace reprise::snapshot {
namespace {

using domain::Snapshot;
using domain::SnapshotOrigin;
using domain::SnapshotStatus;
using ::testing::HasSubstr;
using House = testing::SnapshotHouse;

// The house while a snapshot is about to be taken.
class TakingHouse : public House {
 public:
  TakingHouse() {
    Insert(kId, SnapshotOrigin::kManual);
    ClaimTake();
  }
};

TEST(TakeSnapshot, ACopyStandsFencedBesideWhatIsLiveWhichIsNotTouched) {
  TakingHouse house;
  const Status ran = house.RunTo("copy");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
  const Snapshot row = house.RowOf(House::kId);
  EXPECT_EQ(row.status, SnapshotStatus::kKept);
  EXPECT_EQ(row.database_name, House::kKept);
  EXPECT_EQ(row.database_bytes, 1'000'000U);
  EXPECT_EQ(row.taken_at, house.clock.Now());
  restore::testing::Sight sight = house.Look();
  const auto kept = sight.databases.databases.at(House::kKept);
  EXPECT_EQ(kept.content, "copy");
  EXPECT_EQ(kept.owner, "odoo");
  EXPECT_EQ(kept.objects, "odoo") << "Odoo must be able to work with it after a rollback";
  EXPECT_FALSE(kept.open) << "or the running Odoo would open it";
  EXPECT_EQ(house.FilesOf(House::kKept), house.FilesOf("shop-db"));
  EXPECT_TRUE(sight.helpers.empty());
  EXPECT_TRUE(sight.odoo_runs);
  sight.databases.databases.erase(House::kKept);
  EXPECT_EQ(sight.databases, house.before.databases) << "no side database and no loader is left";
}

TEST(TakeSnapshot, ACopyThatIsNotWholeIsNone) {
  TakingHouse house;
  house.trio.databases.brought_by_custom_dump.rows = {{"public.res_users", 2}};
  const Status ran = house.RunTo("copy");
  EXPECT_EQ(ran.error().code, ErrorCode::kProofFailed);
  EXPECT_THAT(ran.error().message, HasSubstr("public.res_users has 2 of 3 rows"));
  ASSERT_TRUE(house.UndoAll());
  EXPECT_EQ(house.Look(), house.before);
  const jobs::Failure failure{ran.error(), "copy"};
  ASSERT_TRUE(house.workflow->Ended(Context(), failure));
  EXPECT_EQ(house.RowOf(House::kId).status, SnapshotStatus::kFailed);
  EXPECT_EQ(house.RowOf(House::kId).database_name, "") << "nothing for the janitor to come for";
}

TEST(TakeSnapshot, RoomIsReservedForIt) {
  TakingHouse house;
  ASSERT_TRUE(house.RunTo("validate"));
  EXPECT_GT(house.space.Count().value(), 0);
  ASSERT_TRUE(house.RunTo("copy"));
  ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
  EXPECT_EQ(house.space.Count().value(), 0);
}

TEST(TakeSnapshot, WithoutRoomNothingIsBegun) {
  TakingHouse house;
  house.trio.programs.OnProgram("stat", {"2000 4096 61000000\n2049\n"});
  const Status ran = house.Run("validate");
  EXPECT_EQ(ran.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(ran.error().hint, "free space on it, then try again");
}

TEST(TakeSnapshot, WhoLostTheTaskCopiesNothing) {
  TakingHouse house;
  ASSERT_TRUE(house.RunTo("validate"));
  house.is_owner = false;
  EXPECT_EQ(house.Run("copy").error().code, ErrorCode::kLeaseLost);
  EXPECT_EQ(house.Look(), house.before);
}

TEST(TakeSnapshot, AProcessThatDiesAtAnyActLeavesWhatTheNextEndsOrTakesBack) {
  for (int act = 0;; ++act) {
    SCOPED_TRACE(fmt::format("dead at act {}", act));
    TakingHouse house;
    house.fuse.DieAt(act);
    const Status ran = house.RunTo("copy");
    house.fuse.Revive();
    if (ran) break;
    house.ClaimTake();
    if (act % 2 == 0) {
      ASSERT_TRUE(house.UndoAll());
      ASSERT_EQ(house.Look(), house.before);
      continue;
    }
    ASSERT_TRUE(house.RunTo("copy"));
    ASSERT_EQ(house.trio.databases.ContentOf(House::kKept), "copy");
    ASSERT_EQ(house.trio.databases.world().databases.size(), 2U);
    ASSERT_EQ(house.Look().databases.roles, house.before.databases.roles);
    ASSERT_TRUE(house.Look().helpers.empty());
  }
}

TEST(DropSnapshot, AtAnyActItEndsWithNothingLeft) {
  for (int act = 0;; ++act) {
    SCOPED_TRACE(fmt::format("dead at act {}", act));
    TakingHouse house;
    const restore::testing::Sight empty = house.before;
    ASSERT_TRUE(house.RunTo("copy"));
    house.ClaimDrop();
    house.fuse.DieAt(act);
    const Status ran = house.RunTo("remove");
    house.fuse.Revive();
    house.ClaimDrop();
    ASSERT_TRUE(house.RunTo("remove")) << "also when it was done before";
    ASSERT_TRUE(house.workflow->Ended(Context(), std::nullopt));
    ASSERT_EQ(house.Look(), empty);
    ASSERT_EQ(house.RowOf(House::kId).status, SnapshotStatus::kRemoved);
    if (ran) break;
  }
}

TEST(DropSnapshot, OneThatIsCancelledInTimeIsKept) {
  TakingHouse house;
  ASSERT_TRUE(house.RunTo("copy"));
  house.ClaimDrop();
  const jobs::Failure cancelled{{ErrorCode::kCancelled, "cancelled"}, "remove"};
  ASSERT_TRUE(house.workflow->Ended(Context(), cancelled));
  EXPECT_EQ(house.RowOf(House::kId).status, SnapshotStatus::kKept);
}

TEST(DropSnapshot, APostgresqlThatIsNotThereFailsItSoThatNothingIsForgotten) {
  TakingHouse house;
  ASSERT_TRUE(house.RunTo("copy"));
  house.ClaimDrop();
  ASSERT_TRUE(house.trio.engine.Remove(Context(), house.trio.shop.containers.db));
  const Status ran = house.RunTo("remove");
  ASSERT_FALSE(ran);
  ASSERT_TRUE(house.workflow->Ended(Context(), jobs::Failure{ran.error(), "remove"}));
  EXPECT_EQ(house.RowOf(House::kId).status, SnapshotStatus::kFailed);
  EXPECT_EQ(house.RowOf(House::kId).database_name, House::kKept);
}

}  // namespace
}  // namespace reprise::snapshot
