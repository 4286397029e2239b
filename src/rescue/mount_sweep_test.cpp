#include "rescue/mount_sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore/testing/restore_house.hpp"

namespace reprise::rescue {
namespace {

using domain::Mount;
using domain::MountStatus;
using std::chrono::days;
using std::chrono::seconds;

constexpr const char* kMountId = "0193b5a0-1234-7abc-8def-0123cccc1111";
constexpr const char* kSide = "shop-db__rcccc1111_1";

// A mount whose making was taken over and ended, while the worker that began it sleeps.
class MountSweepTest : public ::testing::Test {
 protected:
  MountSweepTest() {
    house_.Stock();
    mount_.id = {kMountId};
    mount_.project_id = house_.trio.shop.project_id;
    mount_.backup_id = house_.backup.id;
    mount_.environment_id = house_.trio.shop.id;
    mount_.expires_at = house_.clock.Now() + days(1);
    const auto insert = [&](catalog::Transaction& transaction) {
      return catalog::MountStore::InsertIn(transaction, mount_);
    };
    EXPECT_TRUE(house_.journal.Submit({.kind = domain::TaskKind::kMount,
                                       .project_id = mount_.project_id,
                                       .subject_id = kMountId,
                                       .target = MountService::TargetOf(mount_.id)},
                                      insert));
  }
  jobs::Claim Claim() { return house_.journal.ClaimNext("worker", seconds(30)).value().value(); }
  void End(const jobs::Claim& claim) {
    ASSERT_TRUE(house_.journal.End(claim, domain::TaskStatus::kFailed));
    ASSERT_TRUE(mounts_.Update(mount_.id, std::nullopt, [&](Mount& row) -> Status {
      row.status = MountStatus::kFailed;
      row.ended_at = house_.clock.Now();
      return {};
    }));
  }
  // The call that the first worker was about to make.
  void WakeUp() { house_.trio.databases.Add(kSide, {}); }
  [[nodiscard]] bool Stands() { return house_.trio.databases.world().databases.contains(kSide); }

  restore::testing::RestoreHouse house_;
  catalog::MountStore mounts_{house_.database()};
  Mount mount_;
  MountService service_{{.mounts = mounts_,
                         .backups = house_.backups,
                         .environments = house_.environments,
                         .journal = house_.journal,
                         .store = house_.store,
                         .clock = house_.clock,
                         .sealer = {}}};
  const MountSweep sweep_{
      {.service = service_,
       .journal = house_.journal,
       .mounts = {mounts_, house_.backups, house_.environments, house_.store, house_.trio.engines,
                  house_.clock, house_.settings, house_.space}}};
};

TEST_F(MountSweepTest, WhatALateProcessMadeOfAnEndedMountGoes) {
  [[maybe_unused]] const jobs::Claim sleeps = Claim();
  house_.clock.Advance(seconds(31));
  const jobs::Claim second = Claim();
  WakeUp();
  ASSERT_TRUE(sweep_.Sweep(Context()));
  EXPECT_TRUE(Stands()) << "it is being made";
  End(second);
  ASSERT_TRUE(sweep_.Sweep(Context()));
  EXPECT_FALSE(Stands());
  WakeUp();
  house_.clock.Advance(days(8));
  ASSERT_TRUE(sweep_.Sweep(Context()));
  EXPECT_TRUE(Stands()) << "nobody sleeps that long, and every look costs";
}

TEST_F(MountSweepTest, WhereNobodyCanBeLatePostgresqlIsLeftAlone) {
  End(Claim());
  const std::size_t asked = house_.trio.programs.calls().size();
  ASSERT_TRUE(sweep_.Sweep(Context()));
  EXPECT_EQ(house_.trio.programs.calls().size(), asked);
}

TEST_F(MountSweepTest, APostgresqlThatIsGoneHoldsNothingUp) {
  [[maybe_unused]] const jobs::Claim sleeps = Claim();
  house_.clock.Advance(seconds(31));
  End(Claim());
  WakeUp();
  ASSERT_TRUE(house_.trio.engine.Remove(Context(), house_.trio.shop.containers.db));
  EXPECT_TRUE(sweep_.Sweep(Context()));
}

TEST_F(MountSweepTest, AServerThatDoesNotAnswerHasHalfAMinute) {
  [[maybe_unused]] const jobs::Claim sleeps = Claim();
  house_.clock.Advance(seconds(31));
  End(Claim());
  std::optional<Context::SteadyTime> until;
  house_.trio.engine.OnExec([&](const Context& ctx, auto, const auto&, const auto&) -> Result<int> {
    until = ctx.deadline();
    return Fail(ErrorCode::kTimeout, "no answer");
  });
  EXPECT_TRUE(sweep_.Sweep(Context()));
  ASSERT_TRUE(until);
  EXPECT_LE(*until, std::chrono::steady_clock::now() + seconds(30));
}

}  // namespace
}  // namespace reprise::rescue
