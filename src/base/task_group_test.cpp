#include "base/task_group.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace reprise {
namespace {

// Waits until its context is stopped: a test in which nobody stops it does not end.
Status UntilStopped(const Context& ctx) { return ctx.Sleep(std::chrono::hours(24)); }

TEST(TaskGroup, JoinsAllOfItsWork) {
  std::atomic<int> done = 0;
  TaskGroup group{Context()};
  for (int i = 0; i < 8; ++i) {
    group.Spawn([&](const Context&) -> Status {
      ++done;
      return {};
    });
  }
  EXPECT_TRUE(group.Join());
  EXPECT_EQ(done, 8);
  EXPECT_TRUE(group.Join());
}

TEST(TaskGroup, TheFirstFailureStopsTheOthersAndIsTold) {
  TaskGroup group{Context()};
  group.Spawn(UntilStopped);
  group.Spawn(UntilStopped);
  group.Spawn([](const Context&) -> Status { return Fail(ErrorCode::kNoSpace, "full"); });
  const Status joined = group.Join();
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, ErrorCode::kNoSpace);
}

TEST(TaskGroup, AnExceptionIsAFailure) {
  TaskGroup group{Context()};
  group.Spawn([](const Context&) -> Status { throw std::runtime_error("of a library"); });
  const Status joined = group.Join();
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, ErrorCode::kInternal);
  EXPECT_EQ(joined.error().message, "of a library");
}

TEST(TaskGroup, IsStoppedByTheContextItWasMadeWith) {
  std::stop_source stop;
  TaskGroup group{Context(stop.get_token())};
  group.Spawn(UntilStopped);
  stop.request_stop();
  const Status joined = group.Join();
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code, ErrorCode::kCancelled);
}

TEST(TaskGroup, MadeWithAStoppedContextStartsStopped) {
  std::stop_source stop;
  stop.request_stop();
  TaskGroup group{Context(stop.get_token())};
  group.Spawn(UntilStopped);
  EXPECT_FALSE(group.Join());
}

TEST(TaskGroup, WorkSeesTheDeadlineOfItsContext) {
  const Context ctx = Context().WithTimeout(std::chrono::hours(1));
  TaskGroup group{ctx};
  std::optional<Context::SteadyTime> seen;
  group.Spawn([&](const Context& inner) -> Status {
    seen = inner.deadline();
    return {};
  });
  ASSERT_TRUE(group.Join());
  EXPECT_EQ(seen, ctx.deadline());
}

TEST(TaskGroup, StopAndItsEndStopWhatStillRuns) {
  std::atomic<int> ended = 0;
  const auto work = [&](const Context& ctx) {
    Status status = UntilStopped(ctx);
    ++ended;
    return status;
  };
  {
    TaskGroup group{Context()};
    group.Spawn(work);
  }
  EXPECT_EQ(ended, 1);
  TaskGroup group{Context()};
  group.Spawn(work);
  group.Stop();
  EXPECT_FALSE(group.Join());
  EXPECT_EQ(ended, 2);
}

}  // namespace
}  // namespace reprise
