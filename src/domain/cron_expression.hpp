#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/time_zone.hpp"

namespace reprise::domain {

// One field of a cron expression: the values that it lets through.
struct CronField {
  std::bitset<60> values;
  bool starts_with_star = false;  // "*", "*/2": restricts no day by itself
  bool is_every = false;          // lets every value through
};

// "30 2 * * 1-5": minute, hour, day of the month, month, day of the week, as Vixie's cron reads
// them. Lists, ranges, steps ("*/15", "10-40/10", "5/20"), names ("jan", "MON"), 0 and 7 for
// Sunday, and @hourly, @daily, @weekly, @monthly, @yearly. When both days are restricted, either of
// them is enough. A value.
//
// When the clock is put forward, a run whose time is skipped comes at the moment of the jump, once;
// when it is put back, a run comes at the first of the two times. An expression of every hour ("15
// * * * *") goes by hours that pass instead: none is added for a skipped one, and both of a doubled
// one count.
class CronExpression {
 public:
  // kInvalidArgument with a sentence about the field that is wrong, also when no day ever fits.
  [[nodiscard]] static Result<CronExpression> Parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  // The first run after `after`; nullopt when there is none within 40 years.
  [[nodiscard]] std::optional<Instant> NextAfter(Instant after, const TimeZone& zone) const;
  // "At 02:30, from Monday to Friday."
  [[nodiscard]] std::string Sentence() const;

  // Whether a wall clock that shows `wall` is at a run.
  [[nodiscard]] bool Matches(WallMinute wall) const;

 private:
  [[nodiscard]] bool MatchesDay(std::chrono::local_days day) const;
  [[nodiscard]] std::optional<Instant> FirstOn(std::chrono::local_days day, WallMinute from,
                                               Instant after, const TimeZone& zone) const;
  [[nodiscard]] std::string TimePart() const;
  [[nodiscard]] std::string DayPart() const;

  std::string text_;
  CronField minute_;
  CronField hour_;
  CronField day_;
  CronField month_;
  CronField weekday_;
};

}  // namespace reprise::domain
