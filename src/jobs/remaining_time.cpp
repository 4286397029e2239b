#include "jobs/remaining_time.hpp"

#include <algorithm>
#include <chrono>
#include <functional>

namespace reprise::jobs {
namespace {

// Below these a step's own pace would jump about.
constexpr double kLeastGain = 0.05;
constexpr double kLeastElapsed = 2;
// One that is overdue, and says nothing, takes a tenth of what it has taken, at the least.
constexpr double kLeastShareLeft = 0.1;
// How fast what is shown may grow: in each second by this share of itself, and by a second.
constexpr double kGrowth = 0.1;
constexpr double kMostGrowingSeconds = 5;  // at once, however long nothing was reported

double Between(Instant from, Instant to) {
  return std::max(std::chrono::duration<double>(to - from).count(), 0.0);
}

}  // namespace

RemainingTime::RemainingTime(std::vector<Step> steps) {
  for (Step& step : steps) entries_.push_back({.step = std::move(step)});
}

void RemainingTime::Begin(std::size_t step, Instant now) {
  Entry& entry = entries_.at(step);
  if (!entry.began) entry.began = now;
}

void RemainingTime::Reach(std::size_t step, double fraction, Instant now) {
  Begin(step, now);
  Entry& entry = entries_.at(step);
  if (!entry.first_reached) {
    entry.first_reached = now;
    entry.first_fraction = fraction;
  }
  entry.fraction = fraction;
}

void RemainingTime::Finish(std::size_t step) { entries_.at(step).step.whole = true; }

std::optional<double> RemainingTime::LeftOf(const Entry& entry, Instant now) {
  if (entry.step.whole) return 0;
  if (!entry.began) return entry.step.expected_seconds;
  std::optional<double> by_pace;
  const double gained = entry.fraction - entry.first_fraction;
  if (gained >= kLeastGain) {
    const double elapsed = Between(*entry.first_reached, now);
    if (elapsed >= kLeastElapsed) by_pace = elapsed * (1 - entry.fraction) / gained;
  }
  if (!entry.step.expected_seconds) return by_pace;
  const double elapsed = Between(*entry.began, now);
  const double due = *entry.step.expected_seconds - elapsed;
  if (!by_pace) return std::max(due, elapsed * kLeastShareLeft);
  if (due <= 0) return by_pace;
  return due * (1 - entry.fraction) + *by_pace * entry.fraction;
}

std::optional<double> RemainingTime::LongestWay(Instant now) const {
  std::vector<double> left;
  for (const Entry& entry : entries_) {
    const auto one = LeftOf(entry, now);
    if (!one) return std::nullopt;
    left.push_back(*one);
  }
  std::vector<std::optional<double>> ends(entries_.size());
  const std::function<double(std::size_t)> end_of = [&](std::size_t step) {
    if (ends[step]) return *ends[step];
    double begin = 0;
    for (const std::size_t before : entries_[step].step.after) {
      begin = std::max(begin, end_of(before));
    }
    ends[step] = begin + left[step];
    return *ends[step];
  };
  double longest = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) longest = std::max(longest, end_of(i));
  return longest;
}

std::optional<double> RemainingTime::Seconds(Instant now) {
  std::optional<double> seconds = LongestWay(now);
  if (seconds && shown_) {
    const double passed = std::min(Between(shown_at_, now), kMostGrowingSeconds);
    seconds = std::min(*seconds, *shown_ + passed * (1 + kGrowth * *shown_));
  }
  shown_ = seconds;
  shown_at_ = now;
  return seconds;
}

}  // namespace reprise::jobs
