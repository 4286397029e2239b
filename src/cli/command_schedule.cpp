#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/follow.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

const std::string kPath = "/api/v1/schedules";

json::object MemberObject(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

std::string TimesOf(const json::object& object) {
  std::string times;
  const json::value* runs = object.if_contains("next_runs");
  if (runs == nullptr || !runs->is_array()) return times;
  for (const json::value& when : runs->get_array()) {
    if (!times.empty()) times += ", ";
    if (when.is_string()) times += std::string(when.get_string());
  }
  return times;
}

std::string LastOf(const json::object& schedule) {
  const json::object last = MemberObject(schedule, "last_run");
  if (last.empty()) return {};
  const std::string detail = TextOf(last, "detail");
  return fmt::format("{} ({}){}{}", TextOf(last, "due_at"), TextOf(last, "outcome"),
                     detail.empty() ? "" : ": ", detail);
}

std::string DescribeSchedule(const json::object& schedule) {
  const json::value* on = schedule.if_contains("is_enabled");
  Facts facts;
  facts.Add("name", TextOf(schedule, "name"));
  facts.Add("id", TextOf(schedule, "id"));
  facts.Add("environment", TextOf(schedule, "environment_id"));
  facts.Add("makes", TextOf(schedule, "kind"));
  facts.Add("on", on != nullptr && *on == true ? "yes" : "no");
  facts.Add("expression", TextOf(schedule, "cron"));
  facts.Add("which means", TextOf(schedule, "sentence"));
  facts.Add("time zone", TextOf(schedule, "time_zone"));
  facts.Add("next runs", TimesOf(schedule));
  facts.Add("last run", LastOf(schedule));
  return facts.Render();
}

Status Print(const Session& session, const json::value& answer) {
  if (session.json || !answer.is_object()) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(DescribeSchedule(answer.get_object()));
  }
  return {};
}

Status List(const Session& session, const ScheduleCommand& options) {
  ASSIGN_OR_RETURN(const json::array items, FetchAllOf(session, kPath, options.environment));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  Table table({"NAME", "MAKES", "WHEN", "TIME ZONE", "NEXT", "LAST", "ID"});
  for (const json::value& item : items) {
    const json::object& one = item.get_object();
    const std::string next = session.AgeOf(one, "next_run_at");
    table.Add({TextOf(one, "name"), TextOf(one, "kind"), TextOf(one, "sentence"),
               TextOf(one, "time_zone"), next.empty() ? "off" : next,
               TextOf(MemberObject(one, "last_run"), "outcome"), TextOf(one, "id")});
  }
  session.terminal.Out(table.empty()
                           ? "no schedules yet: \"reprise schedule create ENV '30 2 * * *'\"\n"
                           : table.Render());
  return {};
}

Status Create(const Session& session, const ScheduleCommand& options) {
  ASSIGN_OR_RETURN(const std::string environment, ResolveEnvironment(session, options.environment));
  json::object body{{"environment_id", environment},
                    {"cron", options.cron},
                    {"include_filestore", !options.no_filestore},
                    {"is_enabled", !options.off}};
  if (options.drill) body["kind"] = "drill";
  if (options.incremental) body["incremental"] = true;
  if (!options.name.empty()) body["name"] = options.name;
  if (!options.time_zone.empty()) body["time_zone"] = options.time_zone;
  ASSIGN_OR_RETURN(const json::value answer, session.client.Post(session.ctx, kPath, body));
  return Print(session, answer);
}

Status Change(const Session& session, const ScheduleCommand& options, const std::string& path) {
  json::object body;
  if (options.verb != ScheduleVerb::kChange) {
    body["is_enabled"] = options.verb == ScheduleVerb::kOn;
  }
  if (!options.name.empty()) body["name"] = options.name;
  if (!options.cron.empty()) body["cron"] = options.cron;
  if (!options.time_zone.empty()) body["time_zone"] = options.time_zone;
  ASSIGN_OR_RETURN(const json::value answer, session.client.Patch(session.ctx, path, body));
  return Print(session, answer);
}

Status RunNow(const Session& session, const ScheduleCommand& options, const std::string& path) {
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Post(session.ctx, path + "/run", json::object()));
  const std::string task = answer.is_object() ? TextOf(answer.get_object(), "task_id") : "";
  if (!options.detach) {
    ASSIGN_OR_RETURN(const json::object ended, FollowTask(session, task));
    if (session.json) session.PrintJson(ended);
    return OutcomeOf(ended);
  }
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(fmt::format("queued: task {}\n", task));
  }
  return {};
}

Status Explain(const Session& session, const ScheduleCommand& options) {
  ASSIGN_OR_RETURN(
      const json::object meaning,
      FetchObject(session, PathWith("/api/v1/cron",
                                    {{"cron", options.cron}, {"time_zone", options.time_zone}})));
  if (session.json) {
    session.PrintJson(meaning);
    return {};
  }
  Facts facts;
  facts.Add("means", TextOf(meaning, "sentence"));
  facts.Add("time zone", TextOf(meaning, "time_zone"));
  facts.Add("next runs", TimesOf(meaning));
  session.terminal.Out(facts.Render());
  return {};
}

}  // namespace

Status Run(const Session& session, const ScheduleCommand& options) {
  if (options.verb == ScheduleVerb::kList) return List(session, options);
  if (options.verb == ScheduleVerb::kCreate) return Create(session, options);
  if (options.verb == ScheduleVerb::kExplain) return Explain(session, options);
  ASSIGN_OR_RETURN(const std::string id,
                   ResolveBy(session, kPath, "name", options.schedule, "schedule", "id"));
  const std::string path = kPath + "/" + id;
  switch (options.verb) {
    case ScheduleVerb::kRun:
      return RunNow(session, options, path);
    case ScheduleVerb::kDelete: {
      RETURN_IF_ERROR(session.client.Delete(session.ctx, path));
      if (!session.json) session.terminal.Out("the schedule is gone; what it has made stays\n");
      return {};
    }
    case ScheduleVerb::kShow: {
      ASSIGN_OR_RETURN(const json::object schedule, FetchObject(session, path));
      return Print(session, schedule);
    }
    default:
      return Change(session, options, path);
  }
}

}  // namespace reprise::cli
