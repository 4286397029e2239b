#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace reprise {

// A point of civil time, in microseconds since 1970-01-01 UTC: what the catalog stores.
using Instant = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

// The time, behind an interface so that tests can move it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant Now() const override;
};

// A clock that stands still until it is told to move.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = Instant{}) : now_(start.time_since_epoch().count()) {}
  [[nodiscard]] Instant Now() const override { return Instant(std::chrono::microseconds(now_)); }
  void Advance(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  std::atomic<Instant::rep> now_;  // tests move it while threads read it
};

// "2024-12-11T11:00:00Z" (RFC 3339, UTC, whole seconds; ".250Z" with milliseconds when not whole).
[[nodiscard]] std::string FormatInstant(Instant when);
// Reads RFC 3339 with "Z" or a numeric offset.
[[nodiscard]] Result<Instant> ParseInstant(std::string_view text);
[[nodiscard]] inline std::int64_t ToMicros(Instant when) { return when.time_since_epoch().count(); }
[[nodiscard]] inline Instant FromMicros(std::int64_t micros) {
  return Instant(std::chrono::microseconds(micros));
}

}  // namespace reprise
