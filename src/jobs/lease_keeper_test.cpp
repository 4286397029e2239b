#include "jobs/lease_keeper.hpp"

#include <gtest/gtest.h>

#include <future>

#include "jobs/testing/journal_bench.hpp"

namespace reprise::jobs {
namespace {

using std::chrono::seconds;

constexpr seconds kLease{30};

class LeaseKeeperTest : public ::testing::Test {
 protected:
  LeaseKeeperTest() {
    task_ = bench_.Submit("e1").id;
    claim_ = bench_.journal().ClaimNext("first", kLease).value().value();
  }
  // Asked something since the claim, so that the keeper renews at once.
  LeaseKeeper Keep() {
    return LeaseKeeper(
        {bench_.journal(), claim_, kLease, 0, halt_, [&] { cancelled_.set_value(); }, [] {}});
  }

  testing::JournalBench bench_;
  domain::TaskId task_;
  Claim claim_;
  Halt halt_{std::stop_token()};
  std::promise<void> cancelled_;
};

TEST_F(LeaseKeeperTest, AWorkerWhoseTaskAnotherHasIsHaltedWithoutItsWritingAnything) {
  bench_.clock().Advance(kLease + seconds(1));
  ASSERT_TRUE(bench_.journal().ClaimNext("second", kLease).value());
  std::promise<void> halted;
  const std::stop_callback on_halt(halt_.context().stop(), [&] { halted.set_value(); });
  const LeaseKeeper keeper = Keep();
  ASSERT_EQ(halted.get_future().wait_for(seconds(20)), std::future_status::ready);
  EXPECT_EQ(halt_.reason(), HaltReason::kLeaseLost);
}

TEST_F(LeaseKeeperTest, ACancelReachesTheWorkerAndIsNoHalt) {
  ASSERT_TRUE(bench_.journal().RequestCancel(task_));
  const LeaseKeeper keeper = Keep();
  ASSERT_EQ(cancelled_.get_future().wait_for(seconds(20)), std::future_status::ready);
  EXPECT_FALSE(halt_.Requested());
}

}  // namespace
}  // namespace reprise::jobs
