#include "cli/task_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/json_fields.hpp"
#include "cli/human.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

constexpr int kBarColumns = 24;

std::string Bar(double percent) {
  const double share = std::clamp(percent, 0.0, 100.0) / 100;
  const auto filled = static_cast<std::size_t>(std::floor(share * kBarColumns));
  return fmt::format("[{}{}]", std::string(filled, '#'), std::string(kBarColumns - filled, '-'));
}

json::object DataOf(const StreamEvent& event) {
  Result<json::value> parsed = ParseJson(event.data);
  if (!parsed || !parsed->is_object()) return {};
  return std::move(parsed->as_object());
}

}  // namespace

std::string TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

std::optional<double> NumberOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

bool FlagOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

void ApplyEvent(TaskView& view, const StreamEvent& event) {
  if (!event.id.empty()) view.last_event_id = event.id;
  const json::object data = DataOf(event);
  const auto take = [&](std::string_view name, std::string& into) {
    if (std::string text = TextOf(data, name); !text.empty()) into = std::move(text);
  };
  take("kind", view.kind);
  take("status", view.status);
  if (const std::optional<double> percent = NumberOf(data, "percent")) view.percent = *percent;
  const std::string step_before = view.step;
  take("step", view.step);
  if (view.step != step_before) view.detail.clear();
  if (event.type == "task.progress") {
    view.detail = TextOf(data, "detail");
    view.eta_seconds = NumberOf(data, "eta_seconds");
  }
}

bool HasEnded(const TaskView& view) {
  return view.status == "completed" || view.status == "failed" || view.status == "cancelled";
}

std::string RenderProgress(const TaskView& view, int width) {
  std::string text = fmt::format("{} {:3.0f} %", Bar(view.percent), std::floor(view.percent));
  std::string rest = view.status == "queued" ? "waiting for a free worker" : Printable(view.step);
  if (!view.detail.empty() && view.status != "queued") rest += ": " + Printable(view.detail);
  if (view.eta_seconds && view.status == "running") {
    rest += fmt::format(", {} left", HumanDuration(*view.eta_seconds));
  }
  if (!rest.empty()) text += "  " + rest;
  return Shorten(text, static_cast<std::size_t>(std::max(width - 1, 1)));
}

std::string RenderTransfer(std::string_view what, std::uint64_t done, std::uint64_t all,
                           double seconds, int width) {
  std::string text;
  if (all > 0) {
    const double percent = 100.0 * static_cast<double>(done) / static_cast<double>(all);
    text = fmt::format("{} {:3.0f} %  {}: {} of {}", Bar(percent), std::floor(percent), what,
                       HumanSize(done), HumanSize(all));
  } else {
    text = fmt::format("{}: {}", what, HumanSize(done));
  }
  if (seconds >= 1) {
    const double rate = static_cast<double>(done) / seconds;
    text += fmt::format(", {}/s", HumanSize(static_cast<std::uint64_t>(rate)));
    if (all > done && rate > 0) {
      text += fmt::format(", {} left", HumanDuration(static_cast<double>(all - done) / rate));
    }
  }
  return Shorten(text, static_cast<std::size_t>(std::max(width - 1, 1)));
}

std::string RenderEventLine(const TaskView& view, const StreamEvent& event) {
  const json::object data = DataOf(event);
  const std::string percent = fmt::format("{:3.0f} %  ", std::floor(view.percent));
  if (event.type == "task.log") return percent + Printable(TextOf(data, "line"));
  if (event.type == "task.warning") return percent + "warning: " + Printable(TextOf(data, "line"));
  if (event.type == "task.step") {
    const std::string error = TextOf(data, "error");
    return fmt::format("{}{}: {}{}", percent, Printable(TextOf(data, "step")),
                       Printable(TextOf(data, "state")),
                       error.empty() ? "" : ": " + Printable(error));
  }
  if (event.type == "task.progress" || !event.type.starts_with("task.")) return {};
  return percent + Printable(event.type.substr(5));
}

}  // namespace reprise::cli
