#include "base/clock.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace reprise {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kEleven = 1'733'914'800'000'000;  // 2024-12-11T11:00:00Z

Instant Parsed(std::string_view text) {
  const auto instant = ParseInstant(text);
  EXPECT_TRUE(instant) << text;
  return instant.value_or(Instant{});
}

TEST(InstantText, IsRfc3339InUtc) {
  EXPECT_EQ(FormatInstant(FromMicros(kEleven)), "2024-12-11T11:00:00Z");
  EXPECT_EQ(FormatInstant(FromMicros(kEleven) + milliseconds(250)), "2024-12-11T11:00:00.250Z");
  EXPECT_EQ(FormatInstant(FromMicros(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatInstant(FromMicros(-1'000'000)), "1969-12-31T23:59:59Z");
}

TEST(InstantText, IsReadWithAnyOffset) {
  const Instant eleven = FromMicros(kEleven);
  EXPECT_EQ(Parsed("2024-12-11T11:00:00Z"), eleven);
  EXPECT_EQ(Parsed("2024-12-11t11:00:00z"), eleven);
  EXPECT_EQ(Parsed("2024-12-11 11:00:00Z"), eleven);
  EXPECT_EQ(Parsed("2024-12-11T12:30:00+01:30"), eleven);
  EXPECT_EQ(Parsed("2024-12-10T23:00:00-12:00"), eleven);
  EXPECT_EQ(Parsed("2024-12-11T11:00:00.25Z"), eleven + milliseconds(250));
  EXPECT_EQ(Parsed("2024-12-11T11:00:00.000001Z"), eleven + std::chrono::microseconds(1));
  EXPECT_EQ(Parsed("2024-12-11T11:00:00.123456789Z"), eleven + std::chrono::microseconds(123'456));
}

TEST(InstantText, KnowsLeapDaysAndLeapSeconds) {
  EXPECT_EQ(Parsed("2024-02-29T00:00:00Z") + hours(24), Parsed("2024-03-01T00:00:00Z"));
  EXPECT_FALSE(ParseInstant("2023-02-29T00:00:00Z"));
  EXPECT_EQ(Parsed("2016-12-31T23:59:60Z"), Parsed("2017-01-01T00:00:00Z"));
}

TEST(InstantText, RefusesWhatIsNoTime) {
  for (const std::string_view text : {"",
                                      "now",
                                      "2024-12-11",
                                      "2024-12-11T11:00Z",
                                      "2024-12-11T11:00:00",
                                      "2024-13-11T11:00:00Z",
                                      "2024-12-32T11:00:00Z",
                                      "2024-00-11T11:00:00Z",
                                      "2024-12-11T24:00:00Z",
                                      "2024-12-11T11:60:00Z",
                                      "2024-12-11T11:00:61Z",
                                      "2024-12-11T11:00:nanZ",
                                      "2024-12-11T11:00:infZ",
                                      "2024-12-11T11:00:0x1Z",
                                      "2024-12-11T11:00:1e1Z",
                                      "2024-12-11T11:00:00.Z",
                                      "2024-12-11T11:00:00,5Z",
                                      "2024-12-11T11:00:00ZZ",
                                      "2024-12-11T11:00:00+0100",
                                      "2024-12-11T11:00:00+25:00",
                                      "2024-12-11T11:00:00+-1:00",
                                      "2024-12-11T11:00:00+ 1: 0",
                                      "2024-12-11T11:00:00+01:60",
                                      " 2024-12-11T11:00:00Z",
                                      "+024-12-11T11:00:00Z",
                                      "2024-12-11T-1:00:00Z",
                                      "2024-12-11T+1:00:00Z",
                                      "2024-12-11T11:00:-1Z",
                                      "24-12-11T11:00:00Z"}) {
    const auto instant = ParseInstant(text);
    ASSERT_FALSE(instant) << text;
    EXPECT_EQ(instant.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(instant.error().hint.empty());
  }
}

RC_GTEST_PROP(InstantText, RoundTripsWholeMilliseconds, ()) {
  const auto millis = *rc::gen::inRange<std::int64_t>(-62'000'000'000'000, 250'000'000'000'000);
  const Instant when{milliseconds(millis)};
  const auto back = ParseInstant(FormatInstant(when));
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == when);
}

RC_GTEST_PROP(InstantText, AnyTextIsReadOrRefused, (const std::string& text)) {
  const auto instant = ParseInstant(text);
  RC_ASSERT(instant.has_value() || instant.error().code == ErrorCode::kInvalidArgument);
}

TEST(ManualClock, StandsStillUntilItIsMoved) {
  ManualClock clock(FromMicros(kEleven));
  EXPECT_EQ(clock.Now(), clock.Now());
  clock.Advance(minutes(5));
  EXPECT_EQ(clock.Now(), FromMicros(kEleven) + minutes(5));
}

TEST(SystemClock, TellsTheTimeOfTheSystem) {
  const auto now = std::chrono::system_clock::now();
  EXPECT_LT(std::chrono::abs(SystemClock().Now() - now), seconds(60));
}

}  // namespace
}  // namespace reprise
