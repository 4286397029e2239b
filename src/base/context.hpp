#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "base/error.hpp"

namespace reprise {

// What every call that can wait gets: who may stop it, and until when it may take. A value, cheap
// to copy; hand on a narrowed copy, never widen.
class Context {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  Context() = default;
  explicit Context(std::stop_token stop) : stop_(std::move(stop)) {}

  // The same, but ending no later than `limit` from now.
  [[nodiscard]] Context WithTimeout(std::chrono::milliseconds limit) const;
  // The same deadline, stopped by another token (a task group's).
  [[nodiscard]] Context WithStop(std::stop_token stop) const;

  // kCancelled when stopped, kTimeout when past the deadline, else ok.
  [[nodiscard]] Status Check() const;
  [[nodiscard]] bool Stopped() const { return stop_.stop_requested(); }
  [[nodiscard]] const std::stop_token& stop() const { return stop_; }
  [[nodiscard]] std::optional<SteadyTime> deadline() const { return deadline_; }
  // Time left, at most `most`; never below zero. For poll(2) and the like.
  [[nodiscard]] std::chrono::milliseconds Remaining(std::chrono::milliseconds most) const;

  // Waits `howlong`; kCancelled or kTimeout when that comes first.
  [[nodiscard]] Status Sleep(std::chrono::milliseconds howlong) const;

 private:
  std::stop_token stop_;
  std::optional<SteadyTime> deadline_;
};

}  // namespace reprise
