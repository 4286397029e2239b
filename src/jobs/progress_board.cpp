#include "jobs/progress_board.hpp"

#include <algorithm>
#include <chrono>

namespace reprise::jobs {
namespace {

constexpr std::chrono::milliseconds kBetweenReports{500};
// Below these an estimate would jump about.
constexpr double kLeastGain = 1;
constexpr std::chrono::seconds kLeastElapsed{2};

}  // namespace

ProgressBoard::ProgressBoard(const std::vector<Share>& shares, double least_percent,
                             const Clock& clock)
    : clock_(clock), least_percent_(least_percent), started_(clock.Now()) {
  for (const Share& share : shares) {
    entries_.push_back({std::max(share.weight, 0.0), share.whole ? 1.0 : 0.0, {}, {}});
  }
  start_percent_ = Percent();
}

void ProgressBoard::Report(std::size_t step, double fraction, std::string detail) {
  const std::scoped_lock lock(mutex_);
  Entry& entry = entries_.at(step);
  // Written so that NaN counts as nothing.
  if (fraction > entry.fraction) entry.fraction = std::min(fraction, 1.0);
  entry.detail = std::move(detail);
  if (!entry.waiting_since) entry.waiting_since = ++arrivals_;
}

ProgressReport ProgressBoard::Finish(std::size_t step) {
  const std::scoped_lock lock(mutex_);
  entries_.at(step).fraction = 1;
  return Take(step, clock_.Now());
}

std::optional<ProgressReport> ProgressBoard::TakeDue() {
  const std::scoped_lock lock(mutex_);
  const Instant now = clock_.Now();
  // A clock that was put back must not hold reports up until it has caught up.
  if (last_taken_ && now >= *last_taken_ && now < *last_taken_ + kBetweenReports) return {};
  Entry* oldest = nullptr;
  for (Entry& entry : entries_) {
    if (entry.waiting_since &&
        (oldest == nullptr || *entry.waiting_since < *oldest->waiting_since)) {
      oldest = &entry;
    }
  }
  if (oldest == nullptr) return std::nullopt;
  last_taken_ = now;
  return Take(static_cast<std::size_t>(oldest - entries_.data()), now);
}

ProgressReport ProgressBoard::Take(std::size_t step, Instant now) {
  Entry& entry = entries_.at(step);
  entry.waiting_since.reset();
  const double percent = Percent();
  least_percent_ = std::max(least_percent_, percent);
  return {step, entry.fraction * 100, entry.detail, least_percent_, Eta(percent, now)};
}

double ProgressBoard::Percent() const {
  double total = 0;
  double done = 0;
  for (const Entry& entry : entries_) {
    total += entry.weight;
    done += entry.weight * entry.fraction;
  }
  return total > 0 ? std::min(done / total * 100, 100.0) : 0;
}

std::optional<double> ProgressBoard::Eta(double percent, Instant now) const {
  const double gained = percent - start_percent_;
  const auto elapsed = now - started_;
  if (gained < kLeastGain || elapsed < kLeastElapsed) return std::nullopt;
  return std::chrono::duration<double>(elapsed).count() * (100 - percent) / gained;
}

}  // namespace reprise::jobs
