#include "domain/step_times.hpp"

#include <algorithm>
#include <cmath>

namespace reprise::domain {
namespace {

constexpr std::size_t kEnough = 3;  // times from which a median tells more than any of them
// Sizes nearer to each other than this say nothing of what a megabyte takes.
constexpr double kLeastSpread = 0.1;

double MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

template <class Of>
double MedianBy(const std::vector<StepTime>& times, const Of& of) {
  std::vector<double> values;
  for (const StepTime& time : times) values.push_back(of(time));
  return MedianOf(std::move(values));
}

// Seconds for each megabyte: for every time the median of the slopes to all others, and of these
// the median (Siegel's repeated median), which holds when almost half of the times are odd. nullopt
// when all are of about one size.
std::optional<double> SecondsEach(const std::vector<StepTime>& times) {
  std::vector<double> medians;
  for (const StepTime& one : times) {
    std::vector<double> slopes;
    for (const StepTime& other : times) {
      const double more = other.megabytes - one.megabytes;
      if (std::abs(more) <= std::max(one.megabytes, other.megabytes) * kLeastSpread) continue;
      slopes.push_back((other.seconds - one.seconds) / more);
    }
    if (!slopes.empty()) medians.push_back(MedianOf(std::move(slopes)));
  }
  if (medians.empty()) return std::nullopt;
  return std::max(MedianOf(std::move(medians)), 0.0);
}

double SecondsAt(const std::vector<StepTime>& times, double megabytes) {
  const auto each = SecondsEach(times);
  if (!each) {
    // All of about one size: a larger one takes longer in proportion, a smaller one not less.
    const double usual = MedianBy(times, [](const StepTime& time) { return time.megabytes; });
    const double scale = usual > 0 ? std::max(megabytes / usual, 1.0) : 1;
    return scale * MedianBy(times, [](const StepTime& time) { return time.seconds; });
  }
  const double fixed =
      MedianBy(times, [&](const StepTime& time) { return time.seconds - *each * time.megabytes; });
  return std::max(fixed, 0.0) + *each * megabytes;
}

}  // namespace

std::optional<double> ExpectedSeconds(const std::vector<StepTime>& past, std::string_view step,
                                      TaskKind kind, const ServerId& server, double megabytes) {
  std::vector<StepTime> all;
  std::vector<StepTime> of_kind;
  std::vector<StepTime> on_server;
  for (const StepTime& time : past) {
    if (time.step != step) continue;
    all.push_back(time);
    if (time.kind != kind) continue;
    of_kind.push_back(time);
    if (time.server == server) on_server.push_back(time);
  }
  if (all.empty()) return std::nullopt;
  if (on_server.size() >= kEnough) return SecondsAt(on_server, megabytes);
  return SecondsAt(of_kind.size() >= kEnough ? of_kind : all, megabytes);
}

}  // namespace reprise::domain
