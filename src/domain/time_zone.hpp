#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace reprise::domain {

// What a clock on a wall shows, to the minute.
using WallMinute = std::chrono::local_time<std::chrono::minutes>;

// A zone of the IANA database ("Europe/Madrid", "UTC"), as this machine's tzdata knows it. A cheap
// value; thread-safe.
class TimeZone {
 public:
  // kInvalidArgument when there is no such zone.
  [[nodiscard]] static Result<TimeZone> Find(std::string_view name);
  [[nodiscard]] static TimeZone Utc();

  [[nodiscard]] const std::string& name() const { return name_; }
  // What the wall clock shows at `when`, cut to the minute.
  [[nodiscard]] WallMinute WallAt(Instant when) const;

  // When a wall clock shows `wall`: once; never, when the clock is put forward over it (`first` is
  // then the moment at which it jumps); or twice.
  enum class Shown { kOnce, kNever, kTwice };
  struct Moments {
    Shown shown = Shown::kOnce;
    Instant first;
    Instant second;  // kTwice only
  };
  [[nodiscard]] Moments MomentsOf(WallMinute wall) const;

 private:
  TimeZone(std::string name, const void* zone) : name_(std::move(name)), zone_(zone) {}

  std::string name_;
  const void* zone_;  // lives as long as the program
};

}  // namespace reprise::domain
