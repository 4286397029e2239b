#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace reprise::jobs {

// How long a task still takes: the longest way through the steps that are left. A step takes what
// was expected of it, and the further it is, the more what it has shown itself counts; one that
// nothing is known of makes the whole unknown. Not thread-safe.
class RemainingTime {
 public:
  struct Step {
    std::vector<std::size_t> after;  // indexes
    std::optional<double> expected_seconds;
    bool whole = false;
  };
  explicit RemainingTime(std::vector<Step> steps);

  void Begin(std::size_t step, Instant now);
  // `fraction` of it is done, 0 to 1.
  void Reach(std::size_t step, double fraction, Instant now);
  void Finish(std::size_t step);
  // In seconds, never below 0. Falls at once; grows by a bounded share of itself a second, so that
  // what is shown does not jump.
  [[nodiscard]] std::optional<double> Seconds(Instant now);

 private:
  struct Entry {
    Step step;
    std::optional<Instant> began;
    // Its first report: an attempt that goes on may begin far in.
    std::optional<Instant> first_reached;
    double first_fraction = 0;
    double fraction = 0;
  };
  [[nodiscard]] static std::optional<double> LeftOf(const Entry& entry, Instant now);
  [[nodiscard]] std::optional<double> LongestWay(Instant now) const;

  std::vector<Entry> entries_;
  std::optional<double> shown_;
  Instant shown_at_;
};

}  // namespace reprise::jobs
