#include "api/task_log.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>

#include "base/json_fields.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;

std::string Member(const json::object& data, std::string_view name) {
  const json::value* value = data.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

std::string Describe(std::string_view type, const json::object& data) {
  if (type == "task.progress") return {};
  if (type == "task.log") return Member(data, "line");
  if (type == "task.warning") return "warning: " + Member(data, "line");
  if (type == "task.step") {
    const std::string error = Member(data, "error");
    return fmt::format("step {}: {}{}{}", Member(data, "step"), Member(data, "state"),
                       error.empty() ? "" : ": ", error);
  }
  if (type == "task.failed") {
    const std::string hint = Member(data, "error_hint");
    return fmt::format("failed at {}: {}{}{}", Member(data, "error_step"),
                       Member(data, "error_message"), hint.empty() ? "" : "; hint: ", hint);
  }
  constexpr std::string_view kPrefix = "task.";
  return std::string(type.starts_with(kPrefix) ? type.substr(kPrefix.size()) : type);
}

}  // namespace

std::string LogLine(const domain::TaskEvent& event) {
  json::object data;
  if (Result<json::value> parsed = ParseJson(event.data); parsed && parsed->is_object()) {
    data = std::move(parsed->as_object());
  }
  const std::string text = Describe(event.type, data);
  if (text.empty()) return {};
  return fmt::format("{}  {}\n", FormatInstant(event.at), text);
}

}  // namespace reprise::api
