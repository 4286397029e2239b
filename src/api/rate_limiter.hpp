#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace reprise::api {

// How many calls one caller may make: a bucket per caller that fills at `per_second`, holds what
// comes in kBurst seconds and gives one for each call. Full ones are forgotten, so what it keeps is
// bounded by who has called of late. Thread-safe.
class RateLimiter {
 public:
  static constexpr int kBurst = 10;

  // `per_second` 0: no limit. `clock` must outlive it.
  RateLimiter(int per_second, const Clock& clock) : per_second_(per_second), clock_(clock) {}

  // Takes one call of `caller`. Otherwise how long until there is one again, in whole seconds.
  [[nodiscard]] std::optional<std::chrono::seconds> Take(const std::string& caller);
  [[nodiscard]] int per_second() const { return static_cast<int>(per_second_); }
  [[nodiscard]] std::size_t kept() const;

 private:
  struct Bucket {
    double calls = 0;
    Instant at;
  };
  [[nodiscard]] double CallsAt(const Bucket& bucket, Instant now) const;
  void ForgetFull(Instant now);

  const double per_second_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;  // under mutex_
  std::size_t look_at_ = 1024;             // how many there are when full ones are looked for
};

}  // namespace reprise::api
