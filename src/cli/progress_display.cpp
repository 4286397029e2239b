#include "cli/progress_display.hpp"

#include "cli/human.hpp"

namespace reprise::cli {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kRedrawEvery{100};
constexpr std::string_view kClearLine = "\r\x1b[K";

}  // namespace

ProgressDisplay::ProgressDisplay(Terminal& terminal, Noise noise)
    : terminal_(terminal), noise_(noise), began_(steady_clock::now()) {}

ProgressDisplay::~ProgressDisplay() { Clear(); }

double ProgressDisplay::Elapsed() const {
  return std::chrono::duration<double>(steady_clock::now() - began_).count();
}

void ProgressDisplay::Show(const TaskView& view, const StreamEvent& event) {
  if (noise_ == Noise::kQuiet) return;
  const bool redraw = terminal_.can_redraw();
  const bool stays = event.type == "task.warning" || event.type == "task.log";
  if (!redraw || stays) {
    const std::string line = RenderEventLine(view, event);
    if (!line.empty()) Note(line);
  }
  if (redraw) Redraw(RenderProgress(view, terminal_.width()), event.type != "task.progress");
}

void ProgressDisplay::ShowTransfer(std::string_view what, std::uint64_t done, std::uint64_t all) {
  if (noise_ == Noise::kQuiet) return;
  if (terminal_.can_redraw()) {
    Redraw(RenderTransfer(what, done, all, Elapsed(), terminal_.width()), done == all);
    return;
  }
  if (all == 0) return;
  const int tenth = static_cast<int>(10 * done / all);
  if (tenth <= last_tenth_) return;
  last_tenth_ = tenth;
  Note(RenderTransfer(what, done, all, Elapsed(), 200));
}

void ProgressDisplay::Note(std::string_view line) {
  if (noise_ == Noise::kQuiet) return;
  Clear();
  terminal_.Err(std::string(line) + "\n");
}

void ProgressDisplay::Redraw(const std::string& line, bool now) {
  const auto time = steady_clock::now();
  if (!now && time - last_draw_ < kRedrawEvery) return;
  last_draw_ = time;
  drawn_ = true;
  terminal_.Err(std::string(kClearLine) + line);
}

void ProgressDisplay::Clear() {
  if (drawn_) terminal_.Err(kClearLine);
  drawn_ = false;
}

}  // namespace reprise::cli
