#include "domain/cron_expression.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace reprise::domain {
namespace {

using std::chrono::minutes;

Instant At(std::string_view text) { return ParseInstant(text).value(); }
TimeZone Zone(std::string_view name) { return TimeZone::Find(name).value(); }

std::vector<std::string> RunsAfter(std::string_view cron, std::string_view zone,
                                   std::string_view after, int count) {
  const CronExpression expression = CronExpression::Parse(cron).value();
  std::vector<std::string> runs;
  Instant when = At(after);
  for (int i = 0; i < count; ++i) {
    when = expression.NextAfter(when, Zone(zone)).value();
    runs.push_back(FormatInstant(when));
  }
  return runs;
}
using Runs = std::vector<std::string>;

TEST(CronExpression, ReadsListsRangesStepsAndNames) {
  EXPECT_EQ(RunsAfter("0,30 2 * * *", "UTC", "2026-01-01T00:00:00Z", 2),
            (Runs{"2026-01-01T02:00:00Z", "2026-01-01T02:30:00Z"}));
  EXPECT_EQ(RunsAfter("10-30/10 4 * * *", "UTC", "2026-01-01T00:00:00Z", 3),
            (Runs{"2026-01-01T04:10:00Z", "2026-01-01T04:20:00Z", "2026-01-01T04:30:00Z"}));
  EXPECT_EQ(RunsAfter("0 3 * feb SUN", "UTC", "2026-01-01T00:00:00Z", 2),
            (Runs{"2026-02-01T03:00:00Z", "2026-02-08T03:00:00Z"}));
  EXPECT_EQ(RunsAfter("0 3 * * 7", "UTC", "2026-02-01T03:00:00Z", 1),
            (Runs{"2026-02-08T03:00:00Z"}));
  EXPECT_EQ(RunsAfter("50/5 1 1 1 *", "UTC", "2026-01-01T00:00:00Z", 2),
            (Runs{"2026-01-01T01:50:00Z", "2026-01-01T01:55:00Z"}));
  EXPECT_EQ(RunsAfter("@weekly", "UTC", "2026-01-01T00:00:00Z", 1), (Runs{"2026-01-04T00:00:00Z"}));
}

TEST(CronExpression, EitherDayIsEnoughWhenBothAreRestricted) {
  EXPECT_EQ(RunsAfter("0 0 13 * fri", "UTC", "2026-03-01T00:00:00Z", 4),
            (Runs{"2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z", "2026-03-20T00:00:00Z",
                  "2026-03-27T00:00:00Z"}));
  EXPECT_EQ(RunsAfter("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", 1),
            (Runs{"2028-02-29T00:00:00Z"}));
}

TEST(CronExpression, RefusesWithASentenceAboutTheField) {
  const auto refusal = [](std::string_view text) {
    const auto parsed = CronExpression::Parse(text);
    return parsed ? std::string("taken") : parsed.error().message;
  };
  EXPECT_EQ(refusal("* * * *"), "a cron expression has 5 fields, not 4");
  EXPECT_EQ(refusal(""), "a cron expression has 5 fields, not 0");
  EXPECT_EQ(refusal("60 * * * *"), "the minute must be between 0 and 59, not 60");
  EXPECT_EQ(refusal("* * 0 * *"), "the day of the month must be between 1 and 31, not 0");
  EXPECT_EQ(refusal("* * * noon *"), "the month \"noon\" is not understood");
  EXPECT_EQ(refusal("* * * anf *"), "the month \"anf\" is not understood");
  EXPECT_EQ(refusal("5-1 * * * *"), "the minute \"5-1\" runs backwards");
  EXPECT_EQ(refusal("*/0 * * * *"),
            "the step of the minute \"*/0\" must be a number between 1 and 59");
  EXPECT_EQ(refusal("1,,2 * * * *"), "the minute \"\" is not understood");
  EXPECT_EQ(refusal("0 0 31 2 *"), "\"0 0 31 2 *\" names a day that never comes");
  EXPECT_EQ(refusal("@reboot"), "\"@reboot\" is not understood");
  EXPECT_EQ(refusal("0 0 L * *"), "the day of the month \"L\" is not understood");
}

// Madrid puts the clock forward at 02:00 on 29 March 2026 and back at 03:00 on 25 October.
TEST(CronExpression, ASkippedTimeRunsAtTheJumpOnce) {
  EXPECT_EQ(RunsAfter("30 2 * * *", "Europe/Madrid", "2026-03-28T12:00:00Z", 2),
            (Runs{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}));
  EXPECT_EQ(RunsAfter("0,30 2,3 * * *", "Europe/Madrid", "2026-03-28T12:00:00Z", 3),
            (Runs{"2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:00:00Z"}));
}

TEST(CronExpression, ADoubledTimeRunsAtTheFirstOfTheTwo) {
  EXPECT_EQ(RunsAfter("30 2 * * *", "Europe/Madrid", "2026-10-24T12:00:00Z", 2),
            (Runs{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}));
}

TEST(CronExpression, EveryHourGoesByHoursThatPass) {
  EXPECT_EQ(RunsAfter("30 * * * *", "Europe/Madrid", "2026-03-29T00:00:00Z", 3),
            (Runs{"2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z"}));
  EXPECT_EQ(RunsAfter("30 * * * *", "Europe/Madrid", "2026-10-24T23:45:00Z", 3),
            (Runs{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"}));
}

TEST(CronExpression, ADayThatAZoneLeftOutRunsWhenItIsOver) {
  // Samoa had no 30 December 2011.
  EXPECT_EQ(RunsAfter("0 2 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", 1),
            (Runs{"2011-12-30T10:00:00Z"}));
}

TEST(CronExpression, SaysItselfInWords) {
  const auto sentence = [](std::string_view text) {
    return CronExpression::Parse(text).value().Sentence();
  };
  EXPECT_EQ(sentence("30 2 * * *"), "At 02:30 every day.");
  EXPECT_EQ(sentence("30 2 * * 1-5"), "At 02:30, from Monday to Friday.");
  EXPECT_EQ(sentence("0 2,14 * * mon,thu"), "At 02:00 and 14:00, on Monday and Thursday.");
  EXPECT_EQ(sentence("0 0 1 * *"), "At 00:00, on day 1 of the month.");
  EXPECT_EQ(sentence("0 0 1,15 * 5"), "At 00:00, on days 1 and 15 of the month or on Friday.");
  EXPECT_EQ(sentence("*/15 * * * *"), "Every 15 minutes.");
  EXPECT_EQ(sentence("* * * * *"), "Every minute.");
  EXPECT_EQ(sentence("@hourly"), "Every hour, on the hour.");
  EXPECT_EQ(sentence("7 * * * *"), "At minute 7 of every hour.");
  EXPECT_EQ(sentence("0 */6 * * *"), "Every 6 hours, on the hour.");
  EXPECT_EQ(sentence("0 4 1 1 *"), "At 04:00, on day 1 of the month, in January.");
  EXPECT_EQ(sentence("*/10 8-17 * * *"), "Every 10 minutes from 08:00 to 17:59.");
}

rc::Gen<std::string> FieldText(int first, int last) {
  return rc::gen::mapcat(rc::gen::inRange(0, 4), [=](int shape) {
    return rc::gen::map(
        rc::gen::pair(rc::gen::inRange(first, last + 1), rc::gen::inRange(first, last + 1)),
        [=](std::pair<int, int> ends) {
          const auto [low, high] = std::minmax(ends.first, ends.second);
          if (shape == 0) return std::string("*");
          if (shape == 1) return std::to_string(low);
          if (shape == 2) return std::to_string(low) + "-" + std::to_string(high);
          return "*/" + std::to_string(std::max(1, low));
        });
  });
}

// Minute by minute, the slow way, where clocks are never put forward or back.
RC_GTEST_PROP(CronExpression, NextIsTheFirstMinuteThatMatches, ()) {
  const std::string text = *FieldText(0, 59) + " " + *FieldText(0, 23) + " " + *FieldText(1, 31) +
                           " " + *FieldText(1, 12) + " " + *FieldText(0, 6);
  const auto cron = CronExpression::Parse(text);
  RC_PRE(cron.has_value());
  const TimeZone utc = TimeZone::Utc();
  const Instant start = At("2026-01-01T00:00:00Z") + minutes(*rc::gen::inRange(0, 600'000));
  const std::optional<Instant> next = cron->NextAfter(start, utc);
  RC_ASSERT(next.has_value());
  RC_ASSERT(*next > start);
  RC_ASSERT(cron->Matches(utc.WallAt(*next)));
  Instant when = start;
  for (int i = 0; i < 3000 && when + minutes(1) < *next; ++i) {
    when += minutes(1);
    RC_ASSERT(!cron->Matches(utc.WallAt(when)));
  }
}

// In zones that do: whatever runs either matches the wall clock or is a jump, and none comes twice.
RC_GTEST_PROP(CronExpression, RunsOnlyWhereTheWallClockMatchesOrJumps, ()) {
  const std::string text = *FieldText(0, 59) + " " + *FieldText(0, 23) + " * * *";
  const CronExpression cron = CronExpression::Parse(text).value();
  const TimeZone zone =
      Zone(*rc::gen::element<std::string>("Europe/Madrid", "America/New_York",
                                          "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata"));
  Instant when = At("2026-01-01T00:00:00Z") + minutes(*rc::gen::inRange(0, 600'000));
  for (int i = 0; i < 20; ++i) {
    const Instant next = cron.NextAfter(when, zone).value();
    RC_ASSERT(next > when);
    RC_ASSERT(next - when <= std::chrono::hours(49));
    const bool is_jump = zone.WallAt(next) - zone.WallAt(next - minutes(1)) > minutes(1);
    RC_ASSERT(cron.Matches(zone.WallAt(next)) || is_jump);
    when = next;
  }
}

TEST(TimeZone, RefusesWhatIsNone) {
  EXPECT_FALSE(TimeZone::Find("Mars/Olympus"));
  EXPECT_FALSE(TimeZone::Find(""));
  EXPECT_FALSE(TimeZone::Find("../../etc/passwd"));
  EXPECT_EQ(TimeZone::Find("Europe/Madrid").value().name(), "Europe/Madrid");
}

}  // namespace
}  // namespace reprise::domain
