#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

const std::string kPath = "/api/v1/snapshots";

std::string SizeOf(const json::object& snapshot) {
  const auto bytes = static_cast<std::uint64_t>(NumberOf(snapshot, "database_size").value_or(0));
  return bytes == 0 ? "" : HumanSize(bytes);
}

std::string DescribeSnapshot(const Session& session, const json::object& snapshot) {
  Facts facts;
  facts.Add("id", TextOf(snapshot, "id"));
  facts.Add("name", TextOf(snapshot, "name"));
  facts.Add("state", TextOf(snapshot, "status"));
  facts.Add("why", TextOf(snapshot, "origin"));
  facts.Add("environment", TextOf(snapshot, "environment_id"));
  facts.Add("taken", session.AgeOf(snapshot, "taken_at"));
  facts.Add("database", TextOf(snapshot, "database_name"));
  facts.Add("size", SizeOf(snapshot));
  facts.Add("removed", session.AgeOf(snapshot, "expires_at"));
  facts.Add("taken by", TextOf(snapshot, "created_by"));
  facts.Add("error", TextOf(snapshot, "error_message"));
  return facts.Render();
}

// Waits for what was ordered, and shows it.
Status Follow(const Session& session, const json::value& answer, const SnapshotCommand& options,
              const std::string& snapshot) {
  if (!answer.is_object()) return Fail(ErrorCode::kInternal, "the answer names no task");
  const json::object& told = answer.get_object();
  if (!options.detach) {
    return FinishTask(session, TextOf(told, "task_id"), kPath + "/" + snapshot, DescribeSnapshot);
  }
  if (session.json) {
    session.PrintJson(told);
  } else {
    session.terminal.Out(fmt::format("queued: task {}\n", TextOf(told, "task_id")));
  }
  return {};
}

Status Take(const Session& session, const SnapshotCommand& options) {
  ASSIGN_OR_RETURN(const std::string id, ResolveEnvironment(session, options.environment));
  json::object body{{"name", options.name}};
  if (options.hours) body["hours"] = *options.hours;
  ASSIGN_OR_RETURN(
      const json::value answer,
      session.client.Post(session.ctx, fmt::format("/api/v1/environments/{}/snapshots", id), body));
  return Follow(session, answer, options,
                answer.is_object() ? TextOf(answer.get_object(), "id") : "");
}

// `the snapshot "before the import" of "shop", taken 2 h ago`; `environment` becomes the name.
Result<std::string> Called(const Session& session, const std::string& path,
                           std::string& environment) {
  ASSIGN_OR_RETURN(const json::object snapshot, FetchObject(session, path));
  ASSIGN_OR_RETURN(
      const json::object of,
      FetchObject(session, "/api/v1/environments/" + TextOf(snapshot, "environment_id")));
  environment = TextOf(of, "name");
  const std::string name = TextOf(snapshot, "name");
  return fmt::format("the snapshot {}of \"{}\", taken {}",
                     name.empty() ? "" : fmt::format("\"{}\" ", name), environment,
                     session.AgeOf(snapshot, "taken_at"));
}

Status RollBack(const Session& session, const SnapshotCommand& options, const std::string& path) {
  std::string confirm = options.confirm;
  if (!options.yes && confirm.empty()) {
    std::string environment;
    ASSIGN_OR_RETURN(const std::string called, Called(session, path, environment));
    RETURN_IF_ERROR(AskToType(session,
                              fmt::format("This puts {} in the place of what is live. What was "
                                          "entered since then is kept aside, and Odoo restarts.",
                                          called),
                              environment));
    confirm = environment;
  }
  const json::object body{{"keep_snapshot", options.keep_snapshot},
                          {"keep_previous_hours", options.keep_previous_hours},
                          {"confirm", confirm}};
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Post(session.ctx, path + "/rollback", body));
  // What is shown is what the live state has become.
  return Follow(session, answer, options,
                answer.is_object() ? TextOf(answer.get_object(), "id") : "");
}

Status Remove(const Session& session, const SnapshotCommand& options, const std::string& path) {
  if (!options.yes) {
    std::string environment;
    ASSIGN_OR_RETURN(const std::string called, Called(session, path, environment));
    RETURN_IF_ERROR(AskToType(
        session, fmt::format("This drops {}. What is live is not touched.", called), "REMOVE"));
  }
  ASSIGN_OR_RETURN(const json::value answer, session.client.Delete(session.ctx, path));
  return Follow(session, answer, options, options.snapshot);
}

Status List(const Session& session, const SnapshotCommand& options) {
  ASSIGN_OR_RETURN(const json::array items, FetchAllOf(session, kPath, options.environment));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  // What nothing stands of is history.
  const auto stands = [&](const json::object& one) {
    return options.all || !TextOf(one, "database_name").empty() ||
           TextOf(one, "status") == "taking";
  };
  Table table({"TAKEN", "NAME", "STATE", "WHY", "SIZE", "UNTIL", "ID"});
  for (const json::value& item : items) {
    const json::object& one = item.get_object();
    if (!stands(one)) continue;
    table.Add({session.AgeOf(one, "taken_at"), TextOf(one, "name"), TextOf(one, "status"),
               TextOf(one, "origin"), SizeOf(one), session.AgeOf(one, "expires_at"),
               TextOf(one, "id")});
  }
  session.terminal.Out(table.empty() ? "no snapshots: \"reprise snapshot take ENVIRONMENT\"\n"
                                     : table.Render());
  return {};
}

Status Settings(const Session& session, const SnapshotCommand& options) {
  ASSIGN_OR_RETURN(const std::string id, ResolveEnvironment(session, options.environment));
  const std::string path = fmt::format("/api/v1/environments/{}/snapshot-settings", id);
  ASSIGN_OR_RETURN(json::object settings, FetchObject(session, path));
  if (options.keep || !options.after_restore.empty()) {
    if (options.keep) settings["keep"] = *options.keep;
    if (!options.after_restore.empty()) settings["after_restore"] = options.after_restore == "on";
    ASSIGN_OR_RETURN(const json::value put, session.client.Put(session.ctx, path, settings));
    if (put.is_object()) settings = put.get_object();
  }
  if (session.json) {
    session.PrintJson(settings);
    return {};
  }
  Facts facts;
  facts.Add("keeps", fmt::format("{} at most", NumberOf(settings, "keep").value_or(0)));
  facts.Add("after each restore",
            FlagOf(settings, "after_restore") ? "one of what it brought" : "none");
  session.terminal.Out(facts.Render());
  return {};
}

}  // namespace

Status Run(const Session& session, const SnapshotCommand& options) {
  const std::string path = kPath + "/" + options.snapshot;
  switch (options.verb) {
    case SnapshotVerb::kTake:
      return Take(session, options);
    case SnapshotVerb::kList:
      return List(session, options);
    case SnapshotVerb::kRollBack:
      return RollBack(session, options, path);
    case SnapshotVerb::kRemove:
      return Remove(session, options, path);
    case SnapshotVerb::kSettings:
      return Settings(session, options);
    case SnapshotVerb::kShow:
      break;
  }
  ASSIGN_OR_RETURN(const json::object snapshot, FetchObject(session, path));
  if (session.json) {
    session.PrintJson(snapshot);
  } else {
    session.terminal.Out(DescribeSnapshot(session, snapshot));
  }
  return {};
}

}  // namespace reprise::cli
