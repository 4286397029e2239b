#include "api/rate_limiter.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/testing/access_world.hpp"

namespace reprise::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AccessWorld;

class RateLimiterTest : public ::testing::Test {
 protected:
  // How many calls are let through at once.
  int Burst(RateLimiter& limiter, const std::string& caller) {
    int calls = 0;
    while (calls < 100'000 && !limiter.Take(caller)) ++calls;
    return calls;
  }
  ManualClock clock_{ParseInstant("2024-12-11T11:00:00Z").value()};
};

TEST_F(RateLimiterTest, LetsABurstThroughAndThenTheRate) {
  RateLimiter limiter(5, clock_);
  EXPECT_EQ(Burst(limiter, "a"), 50);
  EXPECT_EQ(limiter.Take("a"), seconds(1));
  clock_.Advance(seconds(2));
  EXPECT_EQ(Burst(limiter, "a"), 10);
  clock_.Advance(milliseconds(100));
  EXPECT_TRUE(limiter.Take("a"));
  clock_.Advance(milliseconds(100));
  EXPECT_FALSE(limiter.Take("a"));
  clock_.Advance(seconds(3600));
  EXPECT_EQ(Burst(limiter, "a"), 50);
}

TEST_F(RateLimiterTest, CountsEveryCallerAlone) {
  RateLimiter limiter(1, clock_);
  EXPECT_EQ(Burst(limiter, "a"), 10);
  EXPECT_EQ(Burst(limiter, "b"), 10);
}

TEST_F(RateLimiterTest, ZeroIsNoLimit) {
  RateLimiter limiter(0, clock_);
  EXPECT_EQ(Burst(limiter, "a"), 100'000);
  EXPECT_EQ(limiter.kept(), 0U);
}

TEST_F(RateLimiterTest, AClockThatIsSetBackGivesNothing) {
  RateLimiter limiter(1, clock_);
  EXPECT_EQ(Burst(limiter, "a"), 10);
  clock_.Advance(-seconds(3600));
  EXPECT_TRUE(limiter.Take("a"));
}

TEST_F(RateLimiterTest, ForgetsWhoHasNotCalledOfLate) {
  RateLimiter limiter(1, clock_);
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_FALSE(limiter.Take(std::to_string(i)));
    clock_.Advance(milliseconds(10));
  }
  EXPECT_LT(limiter.kept(), 1100U);
}

// The router's use of it.
class LimitedCallsTest : public ::testing::Test {
 protected:
  LimitedCallsTest() { world_.house.router.LimitWith(limiter_); }
  int StatusOf(std::string_view caller, std::string_view path, std::string_view method = "GET") {
    return world_.Call(caller, method, path).status;
  }

  AccessWorld world_;
  RateLimiter limiter_{1, world_.house.clock};
};

TEST_F(LimitedCallsTest, TooManyAreRefusedWithTheTimeToWait) {
  for (int i = 0; i < 10; ++i) ASSERT_EQ(StatusOf("owner", "/api/v1/projects"), 200);
  const auto refused = world_.Call("owner", "GET", "/api/v1/projects");
  EXPECT_EQ(refused.status, 429) << refused.text;
  EXPECT_NE(refused.text.find("1 call per second"), std::string::npos) << refused.text;
  EXPECT_EQ(std::count(refused.headers.begin(), refused.headers.end(),
                       Headers::Field("Retry-After", "1")),
            1);
  EXPECT_EQ(StatusOf("foreign owner", "/api/v1/projects"), 200) << "others go on";
  world_.house.clock.Advance(seconds(1));
  EXPECT_EQ(StatusOf("owner", "/api/v1/projects"), 200);
}

TEST_F(LimitedCallsTest, WhetherTheServerLivesMayBeAskedForever) {
  for (int i = 0; i < 50; ++i) ASSERT_EQ(StatusOf("nobody", "/healthz"), 200);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(StatusOf("nobody", "/readyz"), 200);
}

TEST_F(LimitedCallsTest, StrangersAreCountedByTheirAddress) {
  for (int i = 0; i < 10; ++i) {
    Request guess;
    guess.headers.Add("Authorization", fmt::format("Bearer rpt_guess{}", i));
    ASSERT_EQ(world_.Send(guess, "GET", "/api/v1/projects", "").status, 401);
  }
  EXPECT_EQ(StatusOf("nobody", "/api/v1/projects"), 429);
  EXPECT_EQ(StatusOf("nobody", "/api/v1/nowhere"), 429);
  EXPECT_EQ(StatusOf("owner", "/api/v1/projects"), 200) << "whoever has a token is not a stranger";
}

}  // namespace
}  // namespace reprise::api
