#include "domain/cron_expression.hpp"

namespace reprise::domain {
namespace {

namespace chrono = std::chrono;

// 29 February on a Sunday comes every 28 years, and 40 where a century has none.
constexpr int kHorizonDays = 40 * 366;
// How far the wall clock may show again what it has shown already.
constexpr chrono::hours kBack{3};

}  // namespace

bool CronExpression::MatchesDay(chrono::local_days day) const {
  const chrono::year_month_day date(day);
  if (!month_.values.test(static_cast<unsigned>(date.month()))) return false;
  const bool day_fits = day_.values.test(static_cast<unsigned>(date.day()));
  const bool weekday_fits = weekday_.values.test(chrono::weekday(day).c_encoding());
  const bool either = !day_.starts_with_star && !weekday_.starts_with_star;
  return either ? day_fits || weekday_fits : day_fits && weekday_fits;
}

bool CronExpression::Matches(WallMinute wall) const {
  const auto day = chrono::floor<chrono::days>(wall);
  const chrono::hh_mm_ss time(wall - day);
  return MatchesDay(day) && hour_.values.test(static_cast<std::size_t>(time.hours().count())) &&
         minute_.values.test(static_cast<std::size_t>(time.minutes().count()));
}

std::optional<Instant> CronExpression::FirstOn(chrono::local_days day, WallMinute from,
                                               Instant after, const TimeZone& zone) const {
  std::optional<Instant> best;
  WallMinute enough = WallMinute::max();
  const auto offer = [&](Instant when, WallMinute wall) {
    if (when <= after || (best && when >= *best)) return;
    best = when;
    enough = wall + kBack;
  };
  for (int minute = 0; minute < 24 * 60; ++minute) {
    const WallMinute wall = day + chrono::minutes(minute);
    if (wall < from) continue;
    if (wall > enough) break;
    if (!hour_.values.test(static_cast<std::size_t>(minute / 60)) ||
        !minute_.values.test(static_cast<std::size_t>(minute % 60))) {
      continue;
    }
    const TimeZone::Moments moments = zone.MomentsOf(wall);
    if (moments.shown == TimeZone::Shown::kNever && hour_.is_every) continue;
    offer(moments.first, wall);
    if (moments.shown == TimeZone::Shown::kTwice && hour_.is_every) offer(moments.second, wall);
  }
  return best;
}

std::optional<Instant> CronExpression::NextAfter(Instant after, const TimeZone& zone) const {
  const WallMinute from = zone.WallAt(after) - kBack;
  chrono::local_days day = chrono::floor<chrono::days>(from);
  for (int i = 0; i < kHorizonDays; ++i, day += chrono::days(1)) {
    if (!MatchesDay(day)) continue;
    if (const auto first = FirstOn(day, from, after, zone)) return first;
  }
  return std::nullopt;
}

}  // namespace reprise::domain
