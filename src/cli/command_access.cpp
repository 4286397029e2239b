#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/id.hpp"
#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

// Users, organizations, projects, members and tokens.
namespace reprise::cli {
namespace {

namespace json = boost::json;

const std::string kUsers = "/api/v1/users";
const std::string kOrganizations = "/api/v1/organizations";
const std::string kProjects = "/api/v1/projects";
const std::string kTokens = "/api/v1/tokens";

Status PrintTable(const Session& session, const json::array& items,
                  const std::vector<std::pair<std::string, std::string>>& columns) {
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  std::vector<std::string> headings;
  headings.reserve(columns.size());
  for (const auto& [heading, member] : columns) headings.push_back(heading);
  Table table(headings);
  for (const json::value& item : items) {
    std::vector<std::string> row;
    row.reserve(columns.size());
    for (const auto& [heading, member] : columns) row.push_back(TextOf(item.get_object(), member));
    table.Add(std::move(row));
  }
  session.terminal.Out(table.empty() ? "none yet\n" : table.Render());
  return {};
}

Status Say(const Session& session, const json::value& answer, std::string_view what) {
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(fmt::format("{}\n", what));
  }
  return {};
}

std::string OneTimePassword(const json::value& answer) {
  return answer.is_object() ? TextOf(answer.get_object(), "one_time_password") : std::string();
}

}  // namespace

Result<std::string> ResolveBy(const Session& session, const std::string& path,
                              std::string_view member, const std::string& text,
                              std::string_view thing, std::string_view id_member) {
  if (IsUuid(text)) return text;
  ASSIGN_OR_RETURN(const json::array items, FetchAll(session, path));
  std::vector<std::string> ids;
  for (const json::value& item : items) {
    if (text.empty() || TextOf(item.get_object(), member) == text) {
      ids.push_back(TextOf(item.get_object(), id_member));
    }
  }
  if (ids.size() == 1) return ids.front();
  if (text.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("there are {} {}s: it must be said which is meant", ids.size(), thing),
                fmt::format("\"reprise {} list\" shows them", thing));
  }
  return Fail(ids.empty() ? ErrorCode::kNotFound : ErrorCode::kConflict,
              fmt::format("{} {}s are called \"{}\"", ids.empty() ? "no" : "several", thing, text),
              "say which by its id");
}

Result<std::string> ResolveOrganization(const Session& session, const std::string& text) {
  return ResolveBy(session, kOrganizations, "name", text, "org", "id");
}

Result<std::string> ResolveProject(const Session& session, const std::string& text) {
  return ResolveBy(session, kProjects, "name", text, "project", "id");
}

Status Run(const Session& session, const UserCommand& options) {
  if (options.verb == AccessVerb::kList) {
    ASSIGN_OR_RETURN(const json::array items, FetchAll(session, kUsers));
    return PrintTable(session, items, {{"EMAIL", "email"}, {"NAME", "name"}, {"ID", "id"}});
  }
  if (options.verb == AccessVerb::kCreate) {
    json::object body{{"email", options.email}, {"is_admin", options.admin}};
    if (!options.name.empty()) body["name"] = options.name;
    if (!options.organization.empty()) {
      ASSIGN_OR_RETURN(const std::string id, ResolveOrganization(session, options.organization));
      body["organization_id"] = id;
      if (!options.role.empty()) body["role"] = options.role;
    }
    ASSIGN_OR_RETURN(const json::value answer, session.client.Post(session.ctx, kUsers, body));
    return Say(session, answer,
               fmt::format("made {}. The password for the first sign-in, shown once: {}",
                           options.email, OneTimePassword(answer)));
  }
  ASSIGN_OR_RETURN(const std::string id,
                   ResolveBy(session, kUsers, "email", options.email, "user", "id"));
  json::object body;
  if (options.verb == AccessVerb::kResetPassword) {
    body["reset_password"] = true;
  } else {
    body["is_disabled"] = options.verb == AccessVerb::kDisable;
  }
  ASSIGN_OR_RETURN(const json::value answer,
                   session.client.Patch(session.ctx, kUsers + "/" + id, body));
  const std::string password = OneTimePassword(answer);
  return Say(session, answer,
             password.empty()
                 ? fmt::format("{} is {}", options.email,
                               options.verb == AccessVerb::kDisable ? "disabled" : "enabled")
                 : fmt::format("the password for the next sign-in, shown once: {}", password));
}

Status Run(const Session& session, const OrgCommand& options) {
  if (options.verb == AccessVerb::kList) {
    ASSIGN_OR_RETURN(const json::array items, FetchAll(session, kOrganizations));
    return PrintTable(session, items, {{"NAME", "name"}, {"ID", "id"}});
  }
  if (options.verb == AccessVerb::kCreate) {
    ASSIGN_OR_RETURN(
        const json::value answer,
        session.client.Post(session.ctx, kOrganizations, json::object{{"name", options.name}}));
    return Say(session, answer, fmt::format("made the organization {}", options.name));
  }
  ASSIGN_OR_RETURN(const std::string id, ResolveOrganization(session, options.organization));
  const std::string path = kOrganizations + "/" + id;
  if (options.verb == AccessVerb::kRename) {
    ASSIGN_OR_RETURN(const json::value answer,
                     session.client.Patch(session.ctx, path, {{"name", options.name}}));
    return Say(session, answer, fmt::format("it is called {} now", options.name));
  }
  RETURN_IF_ERROR(session.client.Delete(session.ctx, path));
  return Say(session, nullptr, "deleted");
}

Status Run(const Session& session, const ProjectCommand& options) {
  if (options.verb == AccessVerb::kList) {
    ASSIGN_OR_RETURN(const json::array items, FetchAll(session, kProjects));
    return PrintTable(session, items,
                      {{"NAME", "name"}, {"ORGANIZATION", "organization_id"}, {"ID", "id"}});
  }
  if (options.verb == AccessVerb::kCreate) {
    ASSIGN_OR_RETURN(const std::string organization,
                     ResolveOrganization(session, options.organization));
    ASSIGN_OR_RETURN(const json::value answer,
                     session.client.Post(
                         session.ctx, kProjects,
                         json::object{{"name", options.name}, {"organization_id", organization}}));
    return Say(session, answer, fmt::format("made the project {}", options.name));
  }
  ASSIGN_OR_RETURN(const std::string id, ResolveProject(session, options.project));
  const std::string path = kProjects + "/" + id;
  if (options.verb == AccessVerb::kRename) {
    ASSIGN_OR_RETURN(const json::value answer,
                     session.client.Patch(session.ctx, path, {{"name", options.name}}));
    return Say(session, answer, fmt::format("it is called {} now", options.name));
  }
  RETURN_IF_ERROR(session.client.Delete(session.ctx, path));
  return Say(session, nullptr, "deleted");
}

Status Run(const Session& session, const MemberCommand& options) {
  ASSIGN_OR_RETURN(const std::string organization,
                   ResolveOrganization(session, options.organization));
  const std::string path = fmt::format("{}/{}/members", kOrganizations, organization);
  if (options.verb == AccessVerb::kList) {
    ASSIGN_OR_RETURN(const json::array items, FetchAll(session, path));
    return PrintTable(session, items,
                      {{"EMAIL", "email"}, {"NAME", "name"}, {"ROLE", "role"}, {"ID", "user_id"}});
  }
  if (options.verb == AccessVerb::kAdd) {
    ASSIGN_OR_RETURN(
        const json::value answer,
        session.client.Post(session.ctx, path,
                            json::object{{"email", options.email}, {"role", options.role}}));
    return Say(session, answer, fmt::format("{} is a member now", options.email));
  }
  ASSIGN_OR_RETURN(const std::string id,
                   ResolveBy(session, path, "email", options.email, "member", "user_id"));
  if (options.verb == AccessVerb::kChangeRole) {
    ASSIGN_OR_RETURN(const json::value answer,
                     session.client.Patch(session.ctx, path + "/" + id, {{"role", options.role}}));
    return Say(session, answer, fmt::format("{} is {} now", options.email, options.role));
  }
  RETURN_IF_ERROR(session.client.Delete(session.ctx, path + "/" + id));
  return Say(session, nullptr, fmt::format("{} is no member any more", options.email));
}

Status Run(const Session& session, const TokenCommand& options) {
  if (options.verb == AccessVerb::kList) {
    ASSIGN_OR_RETURN(const json::array items, FetchAll(session, kTokens));
    return PrintTable(session, items,
                      {{"NAME", "name"},
                       {"BEGINS WITH", "prefix"},
                       {"EXPIRES", "expires_at"},
                       {"LAST USED", "last_used_at"},
                       {"ID", "id"}});
  }
  if (options.verb == AccessVerb::kRevoke) {
    ASSIGN_OR_RETURN(const std::string id,
                     ResolveBy(session, kTokens, "name", options.token, "token", "id"));
    RETURN_IF_ERROR(session.client.Delete(session.ctx, kTokens + "/" + id));
    return Say(session, nullptr, "revoked");
  }
  json::object body{{"name", options.name}, {"expires_in_days", options.days}};
  if (!options.scopes.empty()) {
    body["scopes"] = json::array(options.scopes.begin(), options.scopes.end());
  }
  if (!options.project.empty()) {
    ASSIGN_OR_RETURN(const std::string project, ResolveProject(session, options.project));
    body["project_id"] = project;
  }
  ASSIGN_OR_RETURN(const json::value answer, session.client.Post(session.ctx, kTokens, body));
  const std::string token = answer.is_object() ? TextOf(answer.get_object(), "token") : "";
  return Say(session, answer, fmt::format("shown once: {}", token));
}

}  // namespace reprise::cli
