#include "domain/protection.hpp"

#include <algorithm>

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kMarkNames = MakeNameTable<DayMark>({
    {DayMark::kVerified, "verified"},
    {DayMark::kMade, "made"},
    {DayMark::kRunning, "running"},
    {DayMark::kMissed, "missed"},
    {DayMark::kNone, "none"},
});

constexpr auto kStateNames = MakeNameTable<ProtectionState>({
    {ProtectionState::kProtected, "protected"},
    {ProtectionState::kAtRisk, "at_risk"},
    {ProtectionState::kUnprotected, "unprotected"},
});

}  // namespace

std::vector<DaySquare> SquaresOf(const std::vector<DayFact>& facts, Instant now, int days,
                                 const TimeZone& zone) {
  const auto day_of = [&](Instant when) {
    return std::chrono::floor<std::chrono::days>(zone.WallAt(when));
  };
  const std::chrono::local_days today = day_of(now);
  std::vector<DaySquare> squares;
  for (int back = days - 1; back >= 0; --back) {
    squares.push_back({today - std::chrono::days(back), DayMark::kNone});
  }
  for (const DayFact& fact : facts) {
    const std::chrono::local_days day = day_of(fact.at);
    for (DaySquare& square : squares) {
      // Better marks stand first.
      if (square.day == day) square.mark = std::min(square.mark, fact.mark);
    }
  }
  return squares;
}

std::string_view NameOf(DayMark value) { return kMarkNames.Name(value); }
std::string_view NameOf(ProtectionState value) { return kStateNames.Name(value); }
std::optional<DayMark> ParseDayMark(std::string_view text) { return kMarkNames.Parse(text); }
std::optional<ProtectionState> ParseProtectionState(std::string_view text) {
  return kStateNames.Parse(text);
}

}  // namespace reprise::domain
