#include "jobs/progress_board.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <random>

namespace reprise::jobs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ProgressBoardTest : public ::testing::Test {
 protected:
  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
};

TEST_F(ProgressBoardTest, WeighsStepsAndCountsDoneOnesWhole) {
  ProgressBoard board({{1, true}, {2, false}, {1, false}}, 0, clock_);

  board.Report(1, 0.5, "half");

  const auto report = board.TakeDue();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->step, 1U);
  EXPECT_DOUBLE_EQ(report->step_percent, 50);
  EXPECT_EQ(report->detail, "half");
  EXPECT_DOUBLE_EQ(report->task_percent, 50);
}

TEST_F(ProgressBoardTest, GivesAtMostTwoReportsASecondAndThenTheNewest) {
  ProgressBoard board({{1, false}}, 0, clock_);
  board.Report(0, 0.1, "one");
  ASSERT_TRUE(board.TakeDue());
  board.Report(0, 0.2, "two");
  board.Report(0, 0.3, "three");
  EXPECT_FALSE(board.TakeDue());
  clock_.Advance(milliseconds(499));
  EXPECT_FALSE(board.TakeDue());
  clock_.Advance(milliseconds(1));

  const auto report = board.TakeDue();

  ASSERT_TRUE(report);
  EXPECT_EQ(report->detail, "three");
  clock_.Advance(seconds(5));
  EXPECT_FALSE(board.TakeDue()) << "nothing new";
}

TEST_F(ProgressBoardTest, StepsSideBySideTakeTurns) {
  ProgressBoard board({{1, false}, {1, false}}, 0, clock_);
  std::vector<std::size_t> taken;
  for (int i = 0; i < 4; ++i) {
    board.Report(0, 0.1 * i, "busy");
    board.Report(1, 0.1 * i, "busy");
    taken.push_back(board.TakeDue()->step);
    clock_.Advance(seconds(1));
  }

  EXPECT_EQ(taken, (std::vector<std::size_t>{0, 1, 0, 1}));
}

TEST_F(ProgressBoardTest, FinishedStepReportsNoMore) {
  ProgressBoard board({{1, false}, {1, false}}, 0, clock_);
  board.Report(0, 0.5, "late");
  const ProgressReport last = board.Finish(0);

  EXPECT_DOUBLE_EQ(last.step_percent, 100);
  EXPECT_DOUBLE_EQ(last.task_percent, 50);
  EXPECT_EQ(last.detail, "late");
  EXPECT_FALSE(board.TakeDue());
  board.Report(1, 0, "next");
  EXPECT_DOUBLE_EQ(board.TakeDue()->task_percent, 50);
}

TEST_F(ProgressBoardTest, ClockThatIsPutBackDoesNotHoldReportsUp) {
  ProgressBoard board({{1, false}}, 0, clock_);
  board.Report(0, 0.1, "");
  ASSERT_TRUE(board.TakeDue());
  clock_.Advance(-std::chrono::hours(1));
  board.Report(0, 0.2, "");

  EXPECT_TRUE(board.TakeDue());
}

TEST_F(ProgressBoardTest, NeverFallsBelowWhatWasShown) {
  ProgressBoard board({{1, false}, {1, false}}, 40, clock_);
  board.Report(0, 0.2, "");
  EXPECT_DOUBLE_EQ(board.TakeDue()->task_percent, 40);
}

TEST_F(ProgressBoardTest, AnyReportsKeepThePercentMonotonicAndInBounds) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> fraction(-0.5, 1.5);
  ProgressBoard board({{0, false}, {3, false}, {-1, false}, {2, true}}, 3, clock_);
  double last = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto step = static_cast<std::size_t>(random() % 4);
    const bool odd = random() % 10 == 0;
    board.Report(step, odd ? std::numeric_limits<double>::quiet_NaN() : fraction(random), "");
    if (random() % 500 == 0) static_cast<void>(board.Finish(step));
    clock_.Advance(milliseconds(500));
    const auto report = board.TakeDue();
    if (!report) continue;
    ASSERT_GE(report->task_percent, last);
    ASSERT_LE(report->task_percent, 100);
    ASSERT_GE(report->step_percent, 0);
    ASSERT_LE(report->step_percent, 100);
    last = report->task_percent;
  }
}

TEST_F(ProgressBoardTest, PlanWithoutWeightsShowsZero) {
  ProgressBoard board({{0, false}}, 0, clock_);
  board.Report(0, 0.5, "");
  EXPECT_DOUBLE_EQ(board.TakeDue()->task_percent, 0);
}

TEST_F(ProgressBoardTest, EtaComesFromWhatThisRunGained) {
  ProgressBoard board({{1, true}, {1, false}}, 50, clock_);
  board.Report(1, 0, "");
  EXPECT_EQ(board.TakeDue()->eta_seconds, std::nullopt);
  clock_.Advance(seconds(10));
  board.Report(1, 0.25, "");

  // 12.5 % in 10 s, 37.5 % to go.
  EXPECT_DOUBLE_EQ(board.TakeDue()->eta_seconds.value(), 30);
}

TEST_F(ProgressBoardTest, EtaIsUnknownWhileThereIsLittleToGoBy) {
  ProgressBoard board({{1, false}}, 0, clock_);
  clock_.Advance(seconds(1));
  board.Report(0, 0.5, "");
  EXPECT_EQ(board.TakeDue()->eta_seconds, std::nullopt) << "too early";

  ProgressBoard slow({{1, false}}, 0, clock_);
  clock_.Advance(seconds(100));
  slow.Report(0, 0.001, "");
  EXPECT_EQ(slow.TakeDue()->eta_seconds, std::nullopt) << "too little";
}

}  // namespace
}  // namespace reprise::jobs
