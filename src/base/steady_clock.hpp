#pragma once

#include <chrono>

#include "base/clock.hpp"

namespace reprise {

// For how long something takes: begins with the civil time at which it is made and goes on
// steadily, whatever becomes of the machine's wall clock. Thread-safe.
class SteadyClock final : public Clock {
 public:
  [[nodiscard]] Instant Now() const override {
    const auto passed = std::chrono::steady_clock::now() - begun_steady_;
    return begun_ + std::chrono::floor<std::chrono::microseconds>(passed);
  }

 private:
  const Instant begun_ = SystemClock().Now();
  const std::chrono::steady_clock::time_point begun_steady_ = std::chrono::steady_clock::now();
};

}  // namespace reprise
