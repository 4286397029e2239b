#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/time_zone.hpp"

namespace reprise::domain {

// What one day brought an environment, the best of it: a verified backup; one that is not verified;
// one that is being made; nothing, though something was due or tried; nothing, and nothing was due.
enum class DayMark { kVerified, kMade, kRunning, kMissed, kNone };

// Something that happened to an environment's backups at a moment.
struct DayFact {
  Instant at;
  DayMark mark = DayMark::kNone;
};

struct DaySquare {
  std::chrono::local_days day;
  DayMark mark = DayMark::kNone;
};

// The best fact of each of the last `days` days up to that of `now`, oldest first.
[[nodiscard]] std::vector<DaySquare> SquaresOf(const std::vector<DayFact>& facts, Instant now,
                                               int days, const TimeZone& zone);

// Whether an environment could be brought back from today's backups.
enum class ProtectionState { kProtected, kAtRisk, kUnprotected };

[[nodiscard]] std::string_view NameOf(DayMark mark);
[[nodiscard]] std::string_view NameOf(ProtectionState state);
[[nodiscard]] std::optional<DayMark> ParseDayMark(std::string_view text);
[[nodiscard]] std::optional<ProtectionState> ParseProtectionState(std::string_view text);

}  // namespace reprise::domain
