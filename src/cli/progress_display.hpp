#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cli/task_view.hpp"
#include "cli/terminal.hpp"

namespace reprise::cli {

// Shows progress on the terminal's error stream: one line that is redrawn where a person watches,
// plain lines otherwise, nothing when it is quiet (--json). Redraws at most ten times a second.
class ProgressDisplay {
 public:
  enum class Noise { kShow, kQuiet };
  ProgressDisplay(Terminal& terminal, Noise noise);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void Show(const TaskView& view, const StreamEvent& event);
  void ShowTransfer(std::string_view what, std::uint64_t done, std::uint64_t all);
  // A line that stays.
  void Note(std::string_view line);
  // Takes the redrawn line away.
  void Clear();

 private:
  void Redraw(const std::string& line, bool now);
  [[nodiscard]] double Elapsed() const;

  Terminal& terminal_;
  const Noise noise_;
  const std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point last_draw_{};
  int last_tenth_ = 0;
  bool drawn_ = false;
};

}  // namespace reprise::cli
