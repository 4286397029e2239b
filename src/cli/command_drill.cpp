#include <fmt/format.h>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

const std::string kPath = "/api/v1/drills";

std::string SecondsOf(const json::object& drill) {
  const std::optional<double> seconds = NumberOf(drill, "recovery_seconds");
  return seconds ? HumanDuration(*seconds) : "";
}

std::string DescribeDrill(const Session& session, const json::object& drill) {
  Facts facts;
  facts.Add("id", TextOf(drill, "id"));
  facts.Add("result", TextOf(drill, "status"));
  facts.Add("backup", TextOf(drill, "backup_id"));
  facts.Add("environment", TextOf(drill, "environment_id"));
  facts.Add("time to recover", SecondsOf(drill));
  facts.Add("failed in", TextOf(drill, "error_step"));
  facts.Add("error", TextOf(drill, "error_message"));
  facts.Add("ordered", session.AgeOf(drill, "created_at"));
  return facts.Render();
}

Status Order(const Session& session, const DrillCommand& options) {
  json::object body;
  if (!options.environment.empty()) {
    ASSIGN_OR_RETURN(const std::string id, ResolveEnvironment(session, options.environment));
    body["environment_id"] = id;
  } else if (!options.backup.empty()) {
    ASSIGN_OR_RETURN(const std::string id, ResolveBackup(session, options.backup));
    body["backup_id"] = id;
  } else {
    return Fail(ErrorCode::kInvalidArgument, "it must be said what to drill",
                "name a backup, or an environment with --env");
  }
  ASSIGN_OR_RETURN(const json::value answer, session.client.Post(session.ctx, kPath, body));
  if (!answer.is_object()) return Fail(ErrorCode::kInternal, "the answer is no drill");
  const json::object& drill = answer.get_object();
  const std::string task = TextOf(drill, "task_id");
  const std::string id = TextOf(drill, "id");
  if (!options.detach) return FinishTask(session, task, kPath + "/" + id, DescribeDrill);
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(fmt::format("queued: task {}, drill {}\n", task, id));
  }
  return {};
}

Status List(const Session& session, const DrillCommand& options) {
  ASSIGN_OR_RETURN(const json::array items, FetchAllOf(session, kPath, options.environment));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  Table table({"ORDERED", "RESULT", "RECOVERED IN", "FAILED IN", "BACKUP", "ID"});
  for (const json::value& item : items) {
    const json::object& one = item.get_object();
    table.Add({session.AgeOf(one, "created_at"), TextOf(one, "status"), SecondsOf(one),
               TextOf(one, "error_step"), TextOf(one, "backup_id"), TextOf(one, "id")});
  }
  session.terminal.Out(table.empty() ? "no drills yet: \"reprise drill run --env ENV\"\n"
                                     : table.Render());
  return {};
}

}  // namespace

Status Run(const Session& session, const DrillCommand& options) {
  if (options.verb == DrillVerb::kRun) return Order(session, options);
  if (options.verb == DrillVerb::kList) return List(session, options);
  const std::string path = kPath + "/" + options.drill;
  if (options.verb == DrillVerb::kReport) {
    const std::string what = options.html  ? "/report.html"
                             : options.pdf ? "/report.pdf"
                                           : "/report";
    ASSIGN_OR_RETURN(const std::string report, session.client.GetText(session.ctx, path + what));
    if (options.output.empty()) {
      session.terminal.Out(report + "\n");
      return {};
    }
    return WriteTextFile(options.output, report, FileMode::kShared);
  }
  ASSIGN_OR_RETURN(const json::object drill, FetchObject(session, path));
  if (session.json) {
    session.PrintJson(drill);
  } else {
    session.terminal.Out(DescribeDrill(session, drill));
  }
  return {};
}

}  // namespace reprise::cli
