#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/event_stream.hpp"

// What one knows of a task while following it, and how that is drawn. Pure.
namespace reprise::cli {

struct TaskView {
  std::string id;
  std::string kind;
  std::string status;  // queued, running, completed, failed, cancelled
  double percent = 0;
  std::string step;
  std::string detail;
  std::optional<double> eta_seconds;
  std::string last_event_id;
};

// Members of a JSON object, "" or nullopt when absent, null or of another kind.
[[nodiscard]] std::string TextOf(const boost::json::object& object, std::string_view name);
[[nodiscard]] std::optional<double> NumberOf(const boost::json::object& object,
                                             std::string_view name);
[[nodiscard]] bool FlagOf(const boost::json::object& object, std::string_view name);

// What an event changes. Events that are no JSON change only `last_event_id`.
void ApplyEvent(TaskView& view, const StreamEvent& event);
[[nodiscard]] bool HasEnded(const TaskView& view);

// "[########------------]  42 %  load_database: 412 of 1,290 files, 2 min 5 s left", cut to
// `width`.
[[nodiscard]] std::string RenderProgress(const TaskView& view, int width);
// The same for a transfer of bytes.
[[nodiscard]] std::string RenderTransfer(std::string_view what, std::uint64_t done,
                                         std::uint64_t all, double seconds, int width);
// What a log that is not redrawn shows of an event; empty for what it leaves out.
[[nodiscard]] std::string RenderEventLine(const TaskView& view, const StreamEvent& event);

}  // namespace reprise::cli
