#include "base/clock.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>

namespace reprise {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;

Instant SystemClock::Now() const { return floor<microseconds>(std::chrono::system_clock::now()); }

std::string FormatInstant(Instant when) {
  const auto day = floor<days>(when);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{floor<std::chrono::milliseconds>(when - day)};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", int{date.year()},
                                 unsigned{date.month()}, unsigned{date.day()}, time.hours().count(),
                                 time.minutes().count(), time.seconds().count());
  if (time.subseconds().count() != 0) text += fmt::format(".{:03}", time.subseconds().count());
  return text + "Z";
}

Result<Instant> ParseInstant(std::string_view text) {
  const auto bad = [&] {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a time", text),
                "write it as 2024-12-11T11:00:00Z");
  };
  const std::string copy(text);
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  int used = 0;
  // NOLINTNEXTLINE(cert-err34-c): the count of fields and the ranges are checked below
  if (std::sscanf(copy.c_str(), "%4d-%2u-%2u%*1[Tt ]%2d:%2d:%lf%n", &year, &month, &day, &hour,
                  &minute, &second, &used) != 6) {
    return bad();
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second >= 61) {
    return bad();
  }
  const std::string_view zone = text.substr(static_cast<std::size_t>(used));
  int offset_minutes = 0;
  if (zone != "Z" && zone != "z") {
    int zone_hours = 0;
    int zone_minutes = 0;
    const std::string zone_copy(zone);
    // NOLINTNEXTLINE(cert-err34-c): checked by the count and the ranges
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') ||
        std::sscanf(zone_copy.c_str() + 1, "%2d:%2d", &zone_hours, &zone_minutes) != 2 ||
        zone_hours > 23 || zone_minutes > 59) {
      return bad();
    }
    offset_minutes = (zone[0] == '-' ? -1 : 1) * (zone_hours * 60 + zone_minutes);
  }
  return Instant(std::chrono::sys_days(date).time_since_epoch()) + std::chrono::hours(hour) +
         std::chrono::minutes(minute - offset_minutes) +
         microseconds(static_cast<std::int64_t>(second * 1e6 + 0.5));
}

}  // namespace reprise
