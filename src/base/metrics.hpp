#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

// What a process counts about itself, told in Prometheus' text format (0.0.4).
namespace reprise {

using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
// `{route="/healthz",status="200"}`; "" without labels.
[[nodiscard]] std::string MetricLabelText(MetricLabels labels);

// Writes families one after the other.
class MetricsText {
 public:
  // Begins a family; `type` is counter, gauge, histogram or summary.
  void Family(std::string_view name, std::string_view type, std::string_view help);
  // One sample of the last family.
  void Sample(MetricLabels labels, double value);
  // The same under a name of its own, such as "x_sum", with labels as MetricLabelText makes them.
  void SampleOf(std::string_view name, std::string_view labels, double value);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string family_;
  std::string text_;
};

// Times of one kind, by labels. Thread-safe.
class DurationHistogram {
 public:
  // `name` is without "_bucket" and the like.
  DurationHistogram(std::string name, std::string help)
      : name_(std::move(name)), help_(std::move(help)) {}
  void Observe(MetricLabels labels, std::chrono::duration<double> took);
  void Tell(MetricsText& into) const;

 private:
  static constexpr std::array<double, 12> kLimits = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                     0.1,   0.25,   0.5,   1,    5,     30};
  struct Series {
    std::array<std::uint64_t, kLimits.size()> within{};  // each limit, not those below it
    std::uint64_t count = 0;
    double sum = 0;
  };

  const std::string name_;
  const std::string help_;
  mutable std::mutex mutex_;
  std::map<std::string, Series> series_;  // under mutex_
};

}  // namespace reprise
