#include <fmt/format.h>

#include <array>
#include <boost/json/value_to.hpp>

#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, std::optional<int> RetentionCommand::*>, 6>
    kNumbers = {{{"daily", &RetentionCommand::daily},
                 {"weekly", &RetentionCommand::weekly},
                 {"monthly", &RetentionCommand::monthly},
                 {"yearly", &RetentionCommand::yearly},
                 {"before_changes_days", &RetentionCommand::before_changes_days},
                 {"manual_days", &RetentionCommand::manual_days}}};

std::string NumberText(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? std::to_string(value->get_int64()) : "";
}

std::string DescribePolicy(const json::object& policy) {
  Facts facts;
  for (const auto& [name, member] : kNumbers) {
    facts.Add(std::string(name), NumberText(policy, name));
  }
  facts.Add("time_zone", TextOf(policy, "time_zone"));
  facts.Add("set by", TextOf(policy, "source"));
  return facts.Render();
}

Status Print(const Session& session, const json::value& policy) {
  if (session.json || !policy.is_object()) {
    session.PrintJson(policy);
  } else {
    session.terminal.Out(DescribePolicy(policy.get_object()));
  }
  return {};
}

Result<std::string> PathOf(const Session& session, const RetentionCommand& options) {
  if (!options.project.empty()) {
    ASSIGN_OR_RETURN(const std::string id, ResolveProject(session, options.project));
    return "/api/v1/projects/" + id + "/retention";
  }
  if (options.environment.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "it must be said whose policy is meant",
                "name an environment, or a project with --project");
  }
  ASSIGN_OR_RETURN(const std::string id, ResolveEnvironment(session, options.environment));
  return "/api/v1/environments/" + id + "/retention";
}

Status Set(const Session& session, const RetentionCommand& options, const std::string& path) {
  ASSIGN_OR_RETURN(json::object policy, FetchObject(session, path));
  policy.erase("source");
  for (const auto& [name, member] : kNumbers) {
    if (const std::optional<int>& told = options.*member) policy[name] = *told;
  }
  if (!options.time_zone.empty()) policy["time_zone"] = options.time_zone;
  ASSIGN_OR_RETURN(const json::value answer, session.client.Put(session.ctx, path, policy));
  return Print(session, answer);
}

std::string RenderPlan(const Session& session, const json::object& plan) {
  Table table({"BACKUP", "TYPE", "CREATED", "SIZE", "", "WHY"});
  const json::value* lines = plan.if_contains("backups");
  if (lines == nullptr || !lines->is_array()) return {};
  for (const json::value& line : lines->get_array()) {
    const json::object& one = line.get_object();
    const json::value* kept = one.if_contains("is_kept");
    const bool is_kept = kept != nullptr && *kept == true;
    const json::value* size = one.if_contains("compressed_size");
    table.Add({TextOf(one, "name"), TextOf(one, "backup_type"), session.AgeOf(one, "created_at"),
               size != nullptr && size->is_int64()
                   ? HumanSize(static_cast<std::uint64_t>(size->get_int64()))
                   : "",
               is_kept ? "kept" : "DELETED", TextOf(one, "sentence")});
  }
  return table.empty() ? "it has no backups\n" : table.Render();
}

Status Preview(const Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(const json::object plan, FetchObject(session, path + "/preview"));
  if (session.json) {
    session.PrintJson(plan);
  } else {
    session.terminal.Out(RenderPlan(session, plan));
  }
  return {};
}

Status Apply(const Session& session, const RetentionCommand& options, const std::string& path) {
  if (!options.yes) {
    ASSIGN_OR_RETURN(const json::object plan, FetchObject(session, path + "/preview"));
    if (!session.json) session.terminal.Out(RenderPlan(session, plan));
    const std::string question =
        fmt::format("This deletes {} backups.", NumberText(plan, "to_delete"));
    RETURN_IF_ERROR(AskToType(session, question, "DELETE"));
  }
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Post(session.ctx, path + "/apply", json::object()));
  if (session.json || !answer.is_object()) {
    session.PrintJson(answer);
    return {};
  }
  const json::object& result = answer.get_object();
  session.terminal.Out(
      fmt::format("{} backups are deleted\n", result.at("deleted").as_array().size()));
  for (const json::value& why : result.at("left").as_array()) {
    session.terminal.Out(fmt::format("left: {}\n", Printable(json::value_to<std::string>(why))));
  }
  return {};
}

}  // namespace

Status Run(const Session& session, const RetentionCommand& options) {
  ASSIGN_OR_RETURN(const std::string path, PathOf(session, options));
  switch (options.verb) {
    case RetentionVerb::kSet:
      return Set(session, options, path);
    case RetentionVerb::kPreview:
      return Preview(session, path);
    case RetentionVerb::kApply:
      return Apply(session, options, path);
    case RetentionVerb::kReset: {
      ASSIGN_OR_RETURN(const json::value policy, session.client.Delete(session.ctx, path));
      return Print(session, policy);
    }
    case RetentionVerb::kShow:
      break;
  }
  ASSIGN_OR_RETURN(const json::object policy, FetchObject(session, path));
  return Print(session, policy);
}

Status Run(const Session& session, const BackupKeep& options) {
  ASSIGN_OR_RETURN(const std::string id, ResolveBackup(session, options.backup));
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Patch(session.ctx, "/api/v1/backups/" + id,
                                        json::object{{"keep_forever", !options.off}}));
  if (session.json || !answer.is_object()) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(DescribeBackup(session, answer.get_object()));
  }
  return {};
}

Status Run(const Session& session, const ProtectionCommand& options) {
  ASSIGN_OR_RETURN(const json::array items,
                   FetchAll(session, "/api/v1/protection", {{"time_zone", options.time_zone}}));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  Table table({"ENVIRONMENT", "STATE", "LAST VERIFIED", "NEXT", "LAST 30 DAYS", "WHY"});
  for (const json::value& item : items) {
    const json::object& one = item.get_object();
    const json::value* last = one.if_contains("last_verified_backup");
    std::string days;
    for (const json::value& day : one.at("days").as_array()) {
      const std::string mark = TextOf(day.get_object(), "mark");
      days += mark == "verified" ? "#" : mark == "missed" ? "!" : mark == "none" ? "." : "+";
    }
    std::string why;
    for (const json::value& reason : one.at("reasons").as_array()) {
      if (!why.empty()) why += "; ";
      why += json::value_to<std::string>(reason);
    }
    table.Add({TextOf(one, "environment_name"), TextOf(one, "state"),
               last != nullptr && last->is_object()
                   ? session.AgeOf(last->get_object(), "created_at")
                   : "never",
               session.AgeOf(one, "next_run_at"), days, why});
  }
  session.terminal.Out(table.empty() ? "no environments yet\n" : table.Render());
  return {};
}

}  // namespace reprise::cli
