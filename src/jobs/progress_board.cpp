#include "jobs/progress_board.hpp"

#include <algorithm>
#include <chrono>

namespace reprise::jobs {
namespace {

constexpr std::chrono::milliseconds kBetweenReports{500};
// Below these the pace would jump about.
constexpr double kLeastGain = 1;
constexpr std::chrono::seconds kLeastElapsed{2};

std::vector<RemainingTime::Step> StepsOf(const std::vector<ProgressBoard::Share>& shares) {
  std::vector<RemainingTime::Step> steps;
  for (const auto& share : shares) {
    steps.push_back({share.after, share.expected_seconds, share.whole});
  }
  return steps;
}

}  // namespace

ProgressBoard::ProgressBoard(const std::vector<Share>& shares, double least_percent,
                             const Clock& clock)
    : clock_(clock),
      least_percent_(least_percent),
      started_(clock.Now()),
      remaining_(StepsOf(shares)) {
  for (const Share& share : shares) {
    entries_.push_back({std::max(share.weight, 0.0), share.whole ? 1.0 : 0.0, {}, {}});
  }
  start_percent_ = Percent();
}

void ProgressBoard::Begin(std::size_t step) {
  const std::scoped_lock lock(mutex_);
  remaining_.Begin(step, clock_.Now());
}

void ProgressBoard::Report(std::size_t step, double fraction, std::string detail) {
  const std::scoped_lock lock(mutex_);
  Entry& entry = entries_.at(step);
  // Written so that NaN counts as nothing.
  if (fraction > entry.fraction) entry.fraction = std::min(fraction, 1.0);
  entry.detail = std::move(detail);
  remaining_.Reach(step, entry.fraction, clock_.Now());
  if (!entry.waiting_since) entry.waiting_since = ++arrivals_;
}

ProgressReport ProgressBoard::Finish(std::size_t step) {
  const std::scoped_lock lock(mutex_);
  entries_.at(step).fraction = 1;
  remaining_.Finish(step);
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
  const auto known = remaining_.Seconds(now);
  return {step, entry.fraction * 100, entry.detail, least_percent_,
          known ? known : AtThisPace(percent, now)};
}

std::optional<double> ProgressBoard::AtThisPace(double percent, Instant now) const {
  const double gained = percent - start_percent_;
  const auto elapsed = now - started_;
  if (gained < kLeastGain || elapsed < kLeastElapsed) return std::nullopt;
  return std::chrono::duration<double>(elapsed).count() * (100 - percent) / gained;
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

}  // namespace reprise::jobs
