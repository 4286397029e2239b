#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "cli/commands.hpp"
#include "cli/follow.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

const std::string kPath = "/api/v1/backups/restore";

Status CheckTarget(const Restore& options) {
  const bool fresh = options.to == "new" || options.to == "cross-server";
  if (options.to == "existing" && options.environment.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "--to existing needs --env",
                "name the target with --env");
  }
  if (options.to != "existing" && !options.environment.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "--env goes with --to existing only",
                "give --to existing, or leave --env out");
  }
  if (fresh && options.name.empty()) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("--to {} needs --name", options.to),
                "name the new environment with --name");
  }
  if (!fresh && (!options.name.empty() || !options.type.empty() || !options.server.empty() ||
                 options.lifetime_minutes)) {
    return Fail(ErrorCode::kInvalidArgument,
                "--name, --type, --server and --expires-in go with --to new and cross-server only");
  }
  return {};
}

Result<json::object> TargetOf(const Session& session, const Restore& options) {
  json::object target{{"mode", options.to == "cross-server" ? "cross_server" : options.to}};
  if (options.to == "existing") {
    ASSIGN_OR_RETURN(const std::string id, ResolveEnvironment(session, options.environment));
    target["environment_id"] = id;
  }
  if (!options.name.empty()) {
    json::object fresh{{"name", options.name}};
    if (!options.type.empty()) fresh["environment_type"] = options.type;
    if (!options.server.empty()) {
      ASSIGN_OR_RETURN(const std::string server, ResolveBy(session, "/api/v1/servers", "name",
                                                           options.server, "server", "id"));
      fresh["server_id"] = server;
    }
    if (options.lifetime_minutes) fresh["expires_in_minutes"] = *options.lifetime_minutes;
    target["new_environment"] = std::move(fresh);
  }
  return target;
}

json::object BodyOf(const Restore& options, const std::string& backup_id, json::object target) {
  json::object body{{"backup_id", backup_id},
                    {"target", std::move(target)},
                    {"create_pre_restore_backup", !options.no_safety_backup},
                    {"include_filestore", !options.no_filestore}};
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  add("strategy", options.strategy);
  add("neutralize", options.neutralize);
  add("identity", options.identity);
  add("on_unhealthy", options.on_unhealthy);
  add("run_at", options.run_at);
  add("idempotency_key", options.idempotency_key);
  add("confirm", options.confirm);
  if (!options.mask.empty()) body["mask"] = MaskOf(options.mask);
  if (options.keep_hours) body["keep_previous_hours"] = *options.keep_hours;
  return body;
}

// How people call the environment that will be replaced.
std::string TargetNameOf(const Session& session, const Restore& options,
                         const json::object& backup) {
  if (options.to == "existing") return options.environment;
  const auto original =
      FetchObject(session, "/api/v1/environments/" + TextOf(backup, "environment_id"));
  // What is wrong with it, the restore itself will tell better.
  return original ? TextOf(*original, "name") : "its original environment";
}

std::string QuestionOf(const Session& session, const Restore& options, const json::object& backup) {
  Facts facts;
  facts.Add("backup", fmt::format("{} ({})", TextOf(backup, "name"), TextOf(backup, "created_at")));
  facts.Add("size",
            HumanSize(static_cast<std::uint64_t>(NumberOf(backup, "compressed_size").value_or(0))));
  facts.Add("verified", FlagOf(backup, "is_verified") ? "yes" : "no");
  facts.Add("target", TargetNameOf(session, options, backup));
  facts.Add("safety backup first", options.no_safety_backup ? "no" : "yes");
  facts.Add("filestore", options.no_filestore ? "left as it is" : "restored");
  return facts.Render() + "This replaces all data in the target environment.";
}

// What the server has found out about it; nothing where it cannot say.
std::string PlanOf(const Session& session, const json::object& body) {
  const auto plan = session.client.Post(session.ctx, kPath + "/plan", body);
  if (plan && plan->is_object()) return PlanInShort(plan->get_object());
  return "";
}

// Nothing is replaced in a new environment, so nobody is asked.
Status Confirm(const Session& session, const Restore& options, const std::string& backup_id,
               const json::object& body) {
  const bool fresh = options.to == "new" || options.to == "cross-server";
  if (fresh || options.yes || !options.confirm.empty()) return {};
  ASSIGN_OR_RETURN(const json::object backup, FetchObject(session, "/api/v1/backups/" + backup_id));
  return AskToType(session, PlanOf(session, body) + QuestionOf(session, options, backup),
                   "RESTORE");
}

// The task of undo and release: followed to its end, or its id said.
Status FollowPlain(const Session& session, const json::value& answer, bool detach,
                   const std::string& restore_id) {
  const std::string task = answer.is_object() ? TextOf(answer.get_object(), "task_id") : "";
  if (!detach) return FinishTask(session, task, kPath + "/" + restore_id, SummaryOf);
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(fmt::format("queued: task {}\n", task));
  }
  return {};
}

// A new environment had no Odoo that could have been away.
std::optional<double> DowntimeOf(const json::object& restore) {
  const std::string mode = TextOf(restore, "mode");
  if (mode == "new" || mode == "cross_server") return std::nullopt;
  return NumberOf(restore, "downtime_seconds");
}

// "1204 rows in 9 tables", of the proof.
std::string MaskedOf(const json::object& restore) {
  const json::value whole(restore);
  boost::system::error_code error;
  const json::value* found = whole.find_pointer("/proof/safe_copy/changes", error);
  if (found == nullptr || !found->is_array()) return {};
  double rows = 0;
  for (const json::value& change : found->get_array()) {
    if (change.is_object()) rows += NumberOf(change.get_object(), "rows").value_or(0);
  }
  return fmt::format("{:.0f} rows in {} tables", rows, found->get_array().size());
}

std::string HeadlineOf(const json::object& restore) {
  std::string status = TextOf(restore, "status");
  const std::string outcome = TextOf(restore, "outcome");
  if (outcome == "undone") return "undone: what was there before is back";
  if (status == "completed") return "restored";
  if (outcome == "target_untouched") return status + "; the target is as it was";
  if (outcome == "rolled_back") return status + "; the target was put back as it was";
  return status;
}

}  // namespace

Result<json::object> RestoreBody(const Session& session, const Restore& options,
                                 const std::string& backup_id) {
  RETURN_IF_ERROR(CheckTarget(options));
  ASSIGN_OR_RETURN(json::object target, TargetOf(session, options));
  return BodyOf(options, backup_id, std::move(target));
}

std::string SummaryOf(const Session& session, const json::object& restore) {
  Facts facts;
  facts.Add("result", HeadlineOf(restore));
  facts.Add("restore", TextOf(restore, "id"));
  facts.Add("environment", TextOf(restore, "target_environment_id"));
  const bool undone = TextOf(restore, "outcome") == "undone";
  if (const auto took = NumberOf(restore, "duration_seconds"); took && !undone) {
    facts.Add("took", HumanDuration(*took));
  }
  if (const auto downtime = DowntimeOf(restore); downtime && !undone) {
    facts.Add("odoo was down", HumanDuration(*downtime));
  }
  facts.Add("safety backup", TextOf(restore, "pre_restore_backup_id"));
  facts.Add("masked", MaskedOf(restore));
  if (const json::value* warnings = restore.if_contains("warnings");
      warnings != nullptr && warnings->is_array()) {
    for (const json::value& warning : warnings->get_array()) {
      if (warning.is_string()) facts.Add("warning", std::string(warning.get_string()));
    }
  }
  facts.Add("error", TextOf(restore, "error_message"));
  if (!TextOf(restore, "undo_expires_at").empty() && TextOf(restore, "outcome") == "swapped") {
    facts.Add("undo",
              fmt::format("until {} ({}): reprise undo {}", TextOf(restore, "undo_expires_at"),
                          session.AgeOf(restore, "undo_expires_at"), TextOf(restore, "id")));
  }
  return facts.Render();
}

Status Run(const Session& session, const Restore& options) {
  RETURN_IF_ERROR(CheckTarget(options));
  ASSIGN_OR_RETURN(const std::string backup, ResolveBackup(session, options.backup));
  ASSIGN_OR_RETURN(const json::object body, RestoreBody(session, options, backup));
  RETURN_IF_ERROR(Confirm(session, options, backup, body));
  ASSIGN_OR_RETURN(const json::value answer, session.client.Post(session.ctx, kPath + "/v2", body));
  if (!answer.is_object()) return Fail(ErrorCode::kInternal, "the answer is no restore");
  const std::string id = TextOf(answer.get_object(), "restore_point_id");
  const std::string task = TextOf(answer.get_object(), "task_id");
  if (!options.detach) return FinishTask(session, task, kPath + "/" + id, SummaryOf);
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(fmt::format("queued: task {}, restore {}\n", task, id));
  }
  return {};
}

Status Run(const Session& session, const Undo& options) {
  if (!options.yes) {
    RETURN_IF_ERROR(AskToType(session,
                              "This puts back what was there before the restore. What was entered "
                              "since then is lost.",
                              "UNDO"));
  }
  ASSIGN_OR_RETURN(
      const json::value answer,
      session.client.Post(session.ctx, fmt::format("{}/{}/undo", kPath, options.restore),
                          json::object()));
  return FollowPlain(session, answer, options.detach, options.restore);
}

Status Run(const Session& session, const RestoresRelease& options) {
  if (!options.yes) {
    RETURN_IF_ERROR(AskToType(
        session, "This drops what was there before the restore: undo ends with it.", "RELEASE"));
  }
  ASSIGN_OR_RETURN(
      const json::value answer,
      session.client.Post(session.ctx, fmt::format("{}/{}/release", kPath, options.restore),
                          json::object()));
  return FollowPlain(session, answer, options.detach, options.restore);
}

Status Run(const Session& session, const RestoresList& options) {
  QueryPairs query;
  if (!options.environment.empty()) {
    ASSIGN_OR_RETURN(std::string id, ResolveEnvironment(session, options.environment));
    query.emplace_back("environment_id", std::move(id));
  }
  ASSIGN_OR_RETURN(const json::array items, FetchAll(session, "/api/v1/restores", query));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  Table table({"ID", "STATUS", "OUTCOME", "MODE", "DOWN", "AGE", "UNDO", "ENVIRONMENT"});
  for (const json::value& item : items) {
    const json::object& one = item.get_object();
    const auto downtime = DowntimeOf(one);
    table.Add({TextOf(one, "id"), TextOf(one, "status"), TextOf(one, "outcome"),
               TextOf(one, "mode"), downtime ? HumanDuration(*downtime) : "",
               session.AgeOf(one, "created_at"), session.AgeOf(one, "undo_expires_at"),
               TextOf(one, "target_environment_id")});
  }
  session.terminal.Out(table.empty() ? "no restores yet\n" : table.Render());
  return {};
}

Status Run(const Session& session, const RestoresShow& options) {
  ASSIGN_OR_RETURN(const json::object restore, FetchObject(session, kPath + "/" + options.restore));
  if (session.json) {
    session.PrintJson(restore);
  } else {
    session.terminal.Out(SummaryOf(session, restore));
  }
  return {};
}

Status Run(const Session& session, const RestoresProof& options) {
  ASSIGN_OR_RETURN(
      const std::string proof,
      session.client.GetText(session.ctx, fmt::format("{}/{}/proof", kPath, options.restore)));
  session.terminal.Out(proof.ends_with('\n') ? proof : proof + "\n");
  return {};
}

}  // namespace reprise::cli
