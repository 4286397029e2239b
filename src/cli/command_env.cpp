#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "cli/commands.hpp"
#include "cli/follow.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

const std::string kPath = "/api/v1/environments";

json::object MemberObject(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

}  // namespace

std::string DescribeEnvironment(const Session& session, const json::object& environment) {
  const json::object containers = MemberObject(environment, "containers");
  Facts facts;
  facts.Add("name", TextOf(environment, "name"));
  facts.Add("id", TextOf(environment, "id"));
  facts.Add("type", TextOf(environment, "environment_type"));
  facts.Add("status", TextOf(environment, "status"));
  facts.Add("origin", TextOf(environment, "origin"));
  facts.Add("odoo", TextOf(environment, "odoo_version"));
  facts.Add("database", TextOf(environment, "db_name"));
  facts.Add("url", TextOf(environment, "url"));
  facts.Add("odoo container", TextOf(containers, "odoo"));
  facts.Add("db container", TextOf(containers, "db"));
  facts.Add("pgbouncer container", TextOf(containers, "pgbouncer"));
  facts.Add("error", TextOf(environment, "error_message"));
  facts.Add("removes itself at", TextOf(environment, "expires_at"));
  facts.Add("known since", session.AgeOf(environment, "created_at"));
  return facts.Render();
}

Status Run(const Session& session, const EnvList& options) {
  const QueryPairs query = {{"with_deleted", options.all ? "true" : ""}};
  ASSIGN_OR_RETURN(const json::array items, FetchAll(session, kPath, query));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  Table table({"NAME", "TYPE", "STATUS", "ODOO", "DATABASE", "ORIGIN", "ID"});
  for (const json::value& item : items) {
    const json::object& one = item.get_object();
    table.Add({TextOf(one, "name"), TextOf(one, "environment_type"), TextOf(one, "status"),
               TextOf(one, "odoo_version"), TextOf(one, "db_name"), TextOf(one, "origin"),
               TextOf(one, "id")});
  }
  session.terminal.Out(table.empty() ? "no environments yet: \"reprise env adopt\" or \"reprise "
                                       "env create\" makes one known\n"
                                     : table.Render());
  return {};
}

Status Run(const Session& session, const EnvShow& options) {
  ASSIGN_OR_RETURN(const std::string id, ResolveEnvironment(session, options.environment));
  ASSIGN_OR_RETURN(const json::object environment, FetchObject(session, kPath + "/" + id));
  if (session.json) {
    session.PrintJson(environment);
  } else {
    session.terminal.Out(DescribeEnvironment(session, environment));
  }
  return {};
}

Status Run(const Session& session, const EnvAdopt& options) {
  json::object body{{"name", options.name},
                    {"odoo_container", options.odoo_container},
                    {"db_container", options.db_container}};
  if (!options.type.empty()) body["environment_type"] = options.type;
  if (!options.pgbouncer_container.empty()) {
    body["pgbouncer_container"] = options.pgbouncer_container;
  }
  if (!options.db_name.empty()) body["db_name"] = options.db_name;
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Post(session.ctx, kPath + "/adopt", body));
  if (session.json || !answer.is_object()) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(DescribeEnvironment(session, answer.get_object()));
  }
  return {};
}

Status Run(const Session& session, const EnvCreate& options) {
  json::object body{{"name", options.name}, {"odoo_version", options.odoo_version}};
  if (!options.type.empty()) body["environment_type"] = options.type;
  if (!options.postgres_version.empty()) body["postgres_version"] = options.postgres_version;
  ASSIGN_OR_RETURN(const json::value answer, session.client.Post(session.ctx, kPath, body));
  if (!answer.is_object()) return Fail(ErrorCode::kInternal, "the answer is no environment");
  const std::string task = TextOf(answer.get_object(), "task_id");
  const std::string id = TextOf(MemberObject(answer.get_object(), "environment"), "id");
  if (options.detach) {
    if (session.json) {
      session.PrintJson(answer);
    } else {
      session.terminal.Out(fmt::format("queued: task {}, environment {}\n", task, id));
    }
    return {};
  }
  return FinishTask(session, task, kPath + "/" + id, DescribeEnvironment);
}

Status Run(const Session& session, const EnvExpire& options) {
  if (!options.minutes && !options.never) {
    return Fail(ErrorCode::kInvalidArgument, "when is it to go?", "say --in 4h, or --never");
  }
  ASSIGN_OR_RETURN(const std::string id, ResolveEnvironment(session, options.environment));
  json::object body{{"expires_in_minutes", nullptr}};
  if (options.minutes) body["expires_in_minutes"] = *options.minutes;
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Put(session.ctx, kPath + "/" + id + "/expiry", body));
  if (session.json || !answer.is_object()) {
    session.PrintJson(answer);
    return {};
  }
  const std::string name = Printable(TextOf(answer.get_object(), "name"));
  const std::string when = TextOf(answer.get_object(), "expires_at");
  session.terminal.Out(when.empty() ? fmt::format("{} stays\n", name)
                                    : fmt::format("{} removes itself at {}\n", name, when));
  return {};
}

Status Run(const Session& session, const EnvRemove& options) {
  ASSIGN_OR_RETURN(const std::string id, ResolveEnvironment(session, options.environment));
  ASSIGN_OR_RETURN(const json::object environment, FetchObject(session, kPath + "/" + id));
  const std::string name = TextOf(environment, "name");
  std::string confirm = options.confirm;
  if (confirm.empty()) {
    const bool deployed = TextOf(environment, "origin") == "deployed";
    const std::string question =
        deployed ? fmt::format("This removes {}: its containers, volumes and data.", name)
                 : fmt::format("This forgets {}. Its containers stay as they are.", name);
    RETURN_IF_ERROR(AskToType(session, Printable(question), name));
    confirm = name;
  }
  ASSIGN_OR_RETURN(
      const json::value answer,
      session.client.Delete(session.ctx, PathWith(kPath + "/" + id, {{"confirm", confirm}})));
  const std::string task = answer.is_object() ? TextOf(answer.get_object(), "task_id") : "";
  if (options.detach) {
    if (session.json) {
      session.PrintJson(answer);
    } else {
      session.terminal.Out(fmt::format("queued: task {}\n", task));
    }
    return {};
  }
  ASSIGN_OR_RETURN(const json::object ended, FollowTask(session, task));
  RETURN_IF_ERROR(OutcomeOf(ended));
  if (session.json) {
    session.PrintJson(ended);
  } else {
    session.terminal.Out(fmt::format("{} is removed\n", Printable(name)));
  }
  return {};
}

}  // namespace reprise::cli
