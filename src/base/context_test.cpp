#include "base/context.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

ErrorCode CodeOf(const Status& status) {
  EXPECT_FALSE(status);
  return status ? ErrorCode::kInternal : status.error().code;
}

TEST(Context, WithoutAnybodyToStopItIsAlwaysOk) {
  const Context ctx;
  EXPECT_TRUE(ctx.Check());
  EXPECT_FALSE(ctx.Stopped());
  EXPECT_FALSE(ctx.deadline());
  EXPECT_EQ(ctx.Remaining(milliseconds(70)), milliseconds(70));
}

TEST(Context, ToldToStopIsCancelled) {
  std::stop_source stop;
  const Context ctx(stop.get_token());
  EXPECT_TRUE(ctx.Check());
  stop.request_stop();
  EXPECT_TRUE(ctx.Stopped());
  EXPECT_EQ(CodeOf(ctx.Check()), ErrorCode::kCancelled);
}

TEST(Context, PastItsDeadlineHasTimedOut) {
  const Context ctx = Context().WithTimeout(milliseconds(0));
  EXPECT_EQ(CodeOf(ctx.Check()), ErrorCode::kTimeout);
  EXPECT_EQ(ctx.Remaining(hours(1)), milliseconds(0));
}

TEST(Context, ACancelIsToldBeforeATimeout) {
  std::stop_source stop;
  stop.request_stop();
  const Context ctx = Context(stop.get_token()).WithTimeout(milliseconds(0));
  EXPECT_EQ(CodeOf(ctx.Check()), ErrorCode::kCancelled);
}

TEST(Context, ATimeoutOnlyEverNarrows) {
  const Context narrow = Context().WithTimeout(hours(1));
  const Context wider = narrow.WithTimeout(hours(5));
  EXPECT_EQ(wider.deadline(), narrow.deadline());
  const Context narrower = narrow.WithTimeout(milliseconds(0));
  EXPECT_LT(narrower.deadline(), narrow.deadline());
  EXPECT_TRUE(narrow.Check());
}

TEST(Context, AnotherStopKeepsTheDeadline) {
  std::stop_source first;
  std::stop_source second;
  const Context ctx = Context(first.get_token()).WithTimeout(hours(1));
  const Context other = ctx.WithStop(second.get_token());
  EXPECT_EQ(other.deadline(), ctx.deadline());
  first.request_stop();
  EXPECT_TRUE(other.Check());
  second.request_stop();
  EXPECT_EQ(CodeOf(other.Check()), ErrorCode::kCancelled);
}

TEST(Context, RemainingIsNeverMoreThanAskedFor) {
  const Context ctx = Context().WithTimeout(hours(1));
  EXPECT_EQ(ctx.Remaining(milliseconds(5)), milliseconds(5));
  EXPECT_LE(ctx.Remaining(hours(9)), hours(1));
  EXPECT_GT(ctx.Remaining(hours(9)), milliseconds(0));
}

TEST(Context, SleepEndsAtOnceWhenStopped) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(CodeOf(Context(stop.get_token()).Sleep(hours(9))), ErrorCode::kCancelled);
}

TEST(Context, SleepEndsAtTheDeadline) {
  EXPECT_EQ(CodeOf(Context().WithTimeout(milliseconds(1)).Sleep(hours(9))), ErrorCode::kTimeout);
  EXPECT_TRUE(Context().Sleep(milliseconds(0)));
}

}  // namespace
}  // namespace reprise
