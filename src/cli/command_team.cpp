#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

Status Say(const Session& session, const json::value& answer, std::string_view what) {
  if (session.json) {
    session.PrintJson(answer);
  } else {
    session.terminal.Out(fmt::format("{}\n", what));
  }
  return {};
}

Status ListTeams(const Session& session, const std::string& path) {
  ASSIGN_OR_RETURN(const json::array items, FetchAll(session, path));
  if (session.json) {
    session.PrintList(items);
    return {};
  }
  Table table({"NAME", "MEMBERS", "GRANTS", "ID"});
  for (const json::value& item : items) {
    const json::object& team = item.get_object();
    const std::string id = TextOf(team, "id");
    const std::string one = fmt::format("{}/{}", path, id);
    ASSIGN_OR_RETURN(const json::array members, FetchAll(session, one + "/members"));
    ASSIGN_OR_RETURN(const json::array grants, FetchAll(session, one + "/grants"));
    table.Add(
        {TextOf(team, "name"), std::to_string(members.size()), std::to_string(grants.size()), id});
  }
  session.terminal.Out(table.empty() ? "none yet\n" : table.Render());
  return {};
}

Status ChangeMembers(const Session& session, const TeamCommand& options,
                     const std::string& members_of_all, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string user,
                   ResolveBy(session, members_of_all, "email", options.email, "member", "user_id"));
  if (options.verb == AccessVerb::kAdd) {
    ASSIGN_OR_RETURN(
        const json::value answer,
        session.client.Post(session.ctx, path + "/members", json::object{{"user_id", user}}));
    return Say(session, answer, fmt::format("{} is in the team now", options.email));
  }
  RETURN_IF_ERROR(session.client.Delete(session.ctx, path + "/members/" + user));
  return Say(session, nullptr, fmt::format("{} is not in the team any more", options.email));
}

Status ChangeGrants(const Session& session, const TeamCommand& options, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string project, ResolveProject(session, options.project));
  if (options.verb == AccessVerb::kGrant) {
    ASSIGN_OR_RETURN(
        const json::value answer,
        session.client.Post(session.ctx, path + "/grants",
                            json::object{{"project_id", project}, {"role", options.role}}));
    return Say(session, answer,
               fmt::format("the team is {} in {} now", options.role, options.project));
  }
  RETURN_IF_ERROR(session.client.Delete(session.ctx, path + "/grants/" + project));
  return Say(session, nullptr, "revoked");
}

}  // namespace

Status Run(const Session& session, const TeamCommand& options) {
  ASSIGN_OR_RETURN(const std::string organization,
                   ResolveOrganization(session, options.organization));
  const std::string root = "/api/v1/organizations/" + organization;
  const std::string teams = root + "/teams";
  if (options.verb == AccessVerb::kList) return ListTeams(session, teams);
  if (options.verb == AccessVerb::kCreate) {
    ASSIGN_OR_RETURN(const json::value answer,
                     session.client.Post(session.ctx, teams, json::object{{"name", options.name}}));
    return Say(session, answer, fmt::format("made the team {}", options.name));
  }
  ASSIGN_OR_RETURN(const std::string id,
                   ResolveBy(session, teams, "name", options.team, "team", "id"));
  const std::string path = teams + "/" + id;
  if (options.verb == AccessVerb::kDelete) {
    RETURN_IF_ERROR(session.client.Delete(session.ctx, path));
    return Say(session, nullptr, "deleted");
  }
  const bool of_grants = options.verb == AccessVerb::kGrant || options.verb == AccessVerb::kRevoke;
  return of_grants ? ChangeGrants(session, options, path)
                   : ChangeMembers(session, options, root + "/members", path);
}

}  // namespace reprise::cli
