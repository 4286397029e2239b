#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <cmath>

#include "cli/commands.hpp"
#include "cli/follow.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

const std::string kPath = "/api/v1/tasks";

std::string PercentOf(const json::object& object) {
  return fmt::format("{:.0f} %", std::floor(NumberOf(object, "percent").value_or(0)));
}

std::string DescribeTask(const Session& session, const json::object& task) {
  Facts facts;
  facts.Add("task", TextOf(task, "id"));
  facts.Add("kind", TextOf(task, "kind"));
  facts.Add("status", TextOf(task, "status"));
  facts.Add("percent", PercentOf(task));
  facts.Add("subject", TextOf(task, "subject_id"));
  facts.Add("created", session.AgeOf(task, "created_at"));
  facts.Add("completed", session.AgeOf(task, "completed_at"));
  facts.Add("error", TextOf(task, "error_message"));
  facts.Add("in step", TextOf(task, "error_step"));
  facts.Add("hint", TextOf(task, "error_hint"));
  std::string text = facts.Render();
  const json::value* steps = task.if_contains("steps");
  if (steps == nullptr || !steps->is_array() || steps->get_array().empty()) return text;
  Table table({"STEP", "STATE", "DONE", "DETAIL"});
  for (const json::value& step : steps->get_array()) {
    if (!step.is_object()) continue;
    const json::object& one = step.get_object();
    const std::string error = TextOf(one, "error");
    table.Add({TextOf(one, "name"), TextOf(one, "state"), PercentOf(one),
               error.empty() ? TextOf(one, "detail") : error});
  }
  return text + "\n" + table.Render();
}

}  // namespace

Status Run(const Session& session, const TaskList& options) {
  const QueryPairs query = {{"status", options.status}, {"kind", options.kind}};
  ASSIGN_OR_RETURN(const json::array items, FetchAll(session, kPath, query));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  Table table({"ID", "KIND", "STATUS", "DONE", "STEP", "AGE"});
  for (const json::value& item : items) {
    const json::object& one = item.get_object();
    table.Add({TextOf(one, "id"), TextOf(one, "kind"), TextOf(one, "status"), PercentOf(one),
               TextOf(one, "step"), session.AgeOf(one, "created_at")});
  }
  session.terminal.Out(table.empty() ? "no tasks\n" : table.Render());
  return {};
}

Status Run(const Session& session, const TaskShow& options) {
  ASSIGN_OR_RETURN(const json::object task, FetchObject(session, kPath + "/" + options.task));
  if (session.json) {
    session.PrintJson(task);
  } else {
    session.terminal.Out(DescribeTask(session, task));
  }
  return {};
}

Status Run(const Session& session, const TaskWatch& options) {
  return FinishTask(session, options.task, kPath + "/" + options.task, DescribeTask);
}

Status Run(const Session& session, const TaskCancel& options) {
  ASSIGN_OR_RETURN(
      const json::value answer,
      session.client.Post(session.ctx, fmt::format("{}/{}/cancel", kPath, options.task),
                          json::object()));
  if (session.json || !answer.is_object()) {
    session.PrintJson(answer);
    return {};
  }
  const bool over = TextOf(answer.get_object(), "status") == "cancelled";
  session.terminal.Out(over ? "cancelled\n"
                            : "asked to stop; it takes back what it has done first\n");
  return {};
}

Status Run(const Session& session, const TaskLog& options) {
  ASSIGN_OR_RETURN(
      const std::string text,
      session.client.GetText(session.ctx, fmt::format("{}/{}/log", kPath, options.task)));
  std::string clean;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    clean += Printable(std::string_view(text).substr(start, end - start)) + "\n";
    start = end + 1;
  }
  session.terminal.Out(clean);
  return {};
}

}  // namespace reprise::cli
