#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

// How numbers, times and lists are shown to people. Pure.
namespace reprise::cli {

[[nodiscard]] std::string HumanSize(std::uint64_t bytes);  // "1.2 GB"
[[nodiscard]] std::string HumanDuration(double seconds);   // "14.2 s", "6 min 32 s", "2 h 5 min"
[[nodiscard]] std::string HumanAge(Instant when, Instant now);  // "3 h ago", "in 5 min"

// `text` without what could move a terminal's cursor: it may come from a stranger's archive.
[[nodiscard]] std::string Printable(std::string_view text);
// Columns that UTF-8 text takes, counting each code point as one.
[[nodiscard]] std::size_t ColumnsOf(std::string_view text);
// At most `columns` of `text`, with "…" where something was cut.
[[nodiscard]] std::string Shorten(std::string_view text, std::size_t columns);

// Left-aligned columns under headings.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string Render() const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

// "name:   value" lines; values that are empty are left out.
class Facts {
 public:
  void Add(std::string name, std::string value);
  [[nodiscard]] std::string Render() const;

 private:
  std::vector<std::pair<std::string, std::string>> facts_;
};

}  // namespace reprise::cli
