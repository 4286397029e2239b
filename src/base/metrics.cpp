#include "base/metrics.hpp"

#include <fmt/format.h>

namespace reprise {
namespace {

std::string Escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out;
}

// `{a="b"}` and `le="1"` are `{a="b",le="1"}`.
std::string WithLimit(const std::string& labels, std::string_view limit) {
  const std::string last = fmt::format("le=\"{}\"}}", limit);
  if (labels.empty()) return "{" + last;
  return labels.substr(0, labels.size() - 1) + "," + last;
}

}  // namespace

std::string MetricLabelText(MetricLabels labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "{" : ",", name, Escaped(value));
  }
  return text.empty() ? text : text + "}";
}

void MetricsText::Family(std::string_view name, std::string_view type, std::string_view help) {
  family_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void MetricsText::Sample(MetricLabels labels, double value) {
  SampleOf(family_, MetricLabelText(labels), value);
}

void MetricsText::SampleOf(std::string_view name, std::string_view labels, double value) {
  text_ += fmt::format("{}{} {}\n", name, labels, value);
}

void DurationHistogram::Observe(MetricLabels labels, std::chrono::duration<double> took) {
  const std::string text = MetricLabelText(labels);
  const std::scoped_lock lock(mutex_);
  Series& series = series_[text];
  ++series.count;
  series.sum += took.count();
  for (std::size_t i = 0; i < kLimits.size(); ++i) {
    if (took.count() > kLimits.at(i)) continue;
    ++series.within.at(i);
    break;
  }
}

void DurationHistogram::Tell(MetricsText& into) const {
  into.Family(name_, "histogram", help_);
  const std::scoped_lock lock(mutex_);
  for (const auto& [labels, series] : series_) {
    std::uint64_t up_to = 0;
    for (std::size_t i = 0; i < kLimits.size(); ++i) {
      up_to += series.within.at(i);
      into.SampleOf(name_ + "_bucket", WithLimit(labels, fmt::format("{}", kLimits.at(i))),
                    static_cast<double>(up_to));
    }
    into.SampleOf(name_ + "_bucket", WithLimit(labels, "+Inf"), static_cast<double>(series.count));
    into.SampleOf(name_ + "_sum", labels, series.sum);
    into.SampleOf(name_ + "_count", labels, static_cast<double>(series.count));
  }
}

}  // namespace reprise
