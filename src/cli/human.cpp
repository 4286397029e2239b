#include "cli/human.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace reprise::cli {
namespace {

constexpr std::string_view kEllipsis = "…";

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::string HumanSize(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"kB", "MB", "GB", "TB", "PB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string HumanDuration(double seconds) {
  if (seconds < 0) seconds = 0;
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} d {} h", whole / 86400, whole % 86400 / 3600);
}

std::string HumanAge(Instant when, Instant now) {
  const bool future = when > now;
  const auto gap =
      std::chrono::duration_cast<std::chrono::seconds>(future ? when - now : now - when);
  const std::int64_t seconds = gap.count();
  std::string text;
  if (seconds < 60) {
    text = fmt::format("{} s", seconds);
  } else if (seconds < 3600) {
    text = fmt::format("{} min", seconds / 60);
  } else if (seconds < 2 * 86400) {
    text = fmt::format("{} h", seconds / 3600);
  } else {
    text = fmt::format("{} d", seconds / 86400);
  }
  return future ? "in " + text : text + " ago";
}

std::string Printable(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 controls (U+0080 to U+009F) as UTF-8 are C2 80 to C2 9F: terminals obey some of them.
    const bool c1 = byte == 0xC2 && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) < 0xA0 && IsContinuation(text[i + 1]);
    if (c1) ++i;
    clean += c1 || byte < 0x20 || byte == 0x7f ? '?' : text[i];
  }
  return clean;
}

std::size_t ColumnsOf(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

std::string Shorten(std::string_view text, std::size_t columns) {
  if (ColumnsOf(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t end = 0;
  for (std::size_t kept = 0; end < text.size(); ++end) {
    if (!IsContinuation(text[end]) && kept++ == columns - 1) break;
  }
  return std::string(text.substr(0, end)) + std::string(kEllipsis);
}

std::string Table::Render() const {
  std::vector<std::size_t> widths;
  widths.reserve(headings_.size());
  for (const std::string& heading : headings_) widths.push_back(ColumnsOf(heading));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], ColumnsOf(Printable(row[i])));
    }
  }
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = Printable(row[i]);
      line += cell;
      if (i + 1 < row.size()) line.append(widths[i] - ColumnsOf(cell) + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  };
  add(headings_);
  for (const auto& row : rows_) add(row);
  return text;
}

void Facts::Add(std::string name, std::string value) {
  if (!value.empty()) facts_.emplace_back(std::move(name), std::move(value));
}

std::string Facts::Render() const {
  std::size_t width = 0;
  for (const auto& [name, value] : facts_) width = std::max(width, ColumnsOf(name));
  std::string text;
  for (const auto& [name, value] : facts_) {
    text += fmt::format("{}:{}{}\n", name, std::string(width - ColumnsOf(name) + 2, ' '),
                        Printable(value));
  }
  return text;
}

}  // namespace reprise::cli
