#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "jobs/remaining_time.hpp"

namespace reprise::jobs {

struct ProgressReport {
  std::size_t step = 0;
  double step_percent = 0;
  std::string detail;
  double task_percent = 0;
  std::optional<double> eta_seconds;
};

// Sums up what the steps report into the task's percent, which never falls, and holds reports back
// so that at most two a second are taken. Thread-safe.
class ProgressBoard {
 public:
  struct Share {
    double weight = 0;
    bool whole = false;                   // done or skipped before this run
    std::vector<std::size_t> after = {};  // steps that end before it begins
    std::optional<double> expected_seconds = {};
  };
  // `least_percent` is what the task has already shown.
  ProgressBoard(const std::vector<Share>& shares, double least_percent, const Clock& clock);

  void Begin(std::size_t step);
  // `fraction` outside of 0 to 1 is cut; one below what the step has reported is taken as that.
  void Report(std::size_t step, double fraction, std::string detail);
  // Counts whole from here on, and reports no more. This is its last report, which is not held
  // back.
  [[nodiscard]] ProgressReport Finish(std::size_t step);
  // The report that has waited longest, if one waits and half a second is over since the last.
  [[nodiscard]] std::optional<ProgressReport> TakeDue();

 private:
  struct Entry {
    double weight = 0;
    double fraction = 0;
    std::string detail;
    std::optional<std::uint64_t> waiting_since;  // order of arrival
  };
  [[nodiscard]] ProgressReport Take(std::size_t step, Instant now);
  [[nodiscard]] double Percent() const;
  // What is left, in seconds, when the rest goes as the percent went since this run began: all that
  // can be said of steps that were never measured here.
  [[nodiscard]] std::optional<double> AtThisPace(double percent, Instant now) const;

  const Clock& clock_;
  std::mutex mutex_;  // over all below
  std::vector<Entry> entries_;
  double least_percent_;
  const Instant started_;
  double start_percent_ = 0;
  RemainingTime remaining_;
  std::optional<Instant> last_taken_;
  std::uint64_t arrivals_ = 0;
};

}  // namespace reprise::jobs
