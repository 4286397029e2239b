#include "jobs/remaining_time.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace reprise::jobs {
namespace {

using std::chrono::microseconds;

class RemainingTimeTest : public ::testing::Test {
 protected:
  void Pass(double howlong) { now_ += microseconds(static_cast<long>(howlong * 1e6)); }
  Instant now_ = FromMicros(1'700'000'000'000'000);
};

TEST_F(RemainingTimeTest, IsTheLongestWayThroughTheSteps) {
  RemainingTime time({{{}, 1.0}, {{0}, 30.0}, {{0}, 20.0}, {{1, 2}, 5.0}});
  EXPECT_DOUBLE_EQ(time.Seconds(now_).value(), 36);
  time.Finish(0);
  time.Begin(1, now_);
  time.Begin(2, now_);
  Pass(10);
  EXPECT_DOUBLE_EQ(time.Seconds(now_).value(), 25);
}

TEST_F(RemainingTimeTest, AStepThatNothingIsKnownOfMakesTheWholeUnknown) {
  RemainingTime time({{{}, 10.0}, {{0}, std::nullopt}});
  time.Begin(0, now_);
  EXPECT_EQ(time.Seconds(now_), std::nullopt);
  time.Finish(0);
  time.Reach(1, 0.1, now_);
  EXPECT_EQ(time.Seconds(now_), std::nullopt) << "no pace yet";
  Pass(10);
  time.Reach(1, 0.35, now_);
  EXPECT_DOUBLE_EQ(time.Seconds(now_).value(), 26) << "a quarter in 10 s, 65 % to go";
}

TEST_F(RemainingTimeTest, AStepThatIsThereAlreadyCountsNothing) {
  RemainingTime time({{{}, std::nullopt, true}, {{0}, 7.0}});
  EXPECT_DOUBLE_EQ(time.Seconds(now_).value(), 7);
}

TEST_F(RemainingTimeTest, AnOverdueStepIsNeverSaidToBeOver) {
  RemainingTime time({{{}, 10.0}});
  time.Begin(0, now_);
  Pass(100);
  EXPECT_DOUBLE_EQ(time.Seconds(now_).value(), 10);
}

TEST_F(RemainingTimeTest, ItsOwnPaceCountsMoreTheFurtherItIs) {
  RemainingTime time({{{}, 100.0}});
  time.Reach(0, 0, now_);
  Pass(10);
  time.Reach(0, 0.5, now_);
  // By what was expected 90 s, by its pace 10 s.
  EXPECT_DOUBLE_EQ(time.Seconds(now_).value(), 50);
}

TEST_F(RemainingTimeTest, GrowsByABoundedShareASecond) {
  RemainingTime time({{{}, 100.0}});
  time.Reach(0, 0, now_);
  EXPECT_DOUBLE_EQ(time.Seconds(now_).value(), 100);
  Pass(2);
  time.Reach(0, 0.05, now_);
  const double before = time.Seconds(now_).value();
  Pass(150);
  time.Reach(0, 0.06, now_);  // by its pace a long time
  const double after = time.Seconds(now_).value();
  EXPECT_LE(after, before + 5 * (1 + before / 10));
  Pass(1);
  EXPECT_LE(time.Seconds(now_).value(), after + 1 + after / 10);
}

TEST_F(RemainingTimeTest, AnyReportsKeepItAboveNothingAndFromJumping) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int round = 0; round < 200; ++round) {
    RemainingTime time({{{}, 20 * unit(random)}, {{0}, 50 * unit(random)}, {{}, 9.0}});
    std::optional<double> last;
    for (int i = 0; i < 60; ++i) {
      const double passed = 3 * unit(random) - 0.2;  // clocks are put back as well
      Pass(passed);
      const auto step = static_cast<std::size_t>(random() % 3);
      time.Reach(step, unit(random), now_);
      if (random() % 20 == 0) time.Finish(step);
      const auto left = time.Seconds(now_);
      ASSERT_TRUE(left);
      ASSERT_GE(*left, 0);
      const double most = last ? *last + std::max(passed, 0.0) * (1 + *last / 10) + 1e-9 : *left;
      ASSERT_LE(*left, most);
      last = left;
    }
  }
}

}  // namespace
}  // namespace reprise::jobs
