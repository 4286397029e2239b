#include <fmt/format.h>

#include "api/account_support.hpp"
#include "api/render.hpp"
#include "api/routes.hpp"

// Teams, who is in them, and what they may do in projects.
namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using catalog::Team;
using domain::OrganizationId;
using domain::Permission;

json::object RenderTeam(const Team& team) {
  return {{"id", team.id.value},
          {"organization_id", team.organization_id.value},
          {"name", team.name},
          {"created_at", FormatInstant(team.created_at)}};
}

json::object RenderMember(const catalog::TeamMember& member) {
  return {{"user_id", member.user_id.value},
          {"email", member.email},
          {"name", member.name},
          {"created_at", FormatInstant(member.created_at)}};
}

json::object RenderGrant(const catalog::TeamGrant& grant) {
  return {{"team_id", grant.team_id.value},
          {"project_id", grant.project_id.value},
          {"role", RoleText(grant.role)},
          {"created_at", FormatInstant(grant.created_at)}};
}

// The team in the path, if it is one of the organization in the path.
Result<Team> Find(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto organization, PathId<OrganizationId>(request, "id", "organization"));
  ASSIGN_OR_RETURN(const auto id, PathId<domain::TeamId>(request, "team_id", "team"));
  const Result<Team> team = services.teams.Get(id);
  if (team && team->organization_id == organization) return *team;
  if (!team && team.error().code != ErrorCode::kNotFound) return Fail(team.error());
  return Fail(ErrorCode::kNotFound, fmt::format("there is no team {}", id.value));
}

Result<Response> List(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<OrganizationId>(request, "id", "organization"));
  RETURN_IF_ERROR(services.organizations.Get(id));
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, services.teams.List(id, page));
  return ListResponse(found, RenderTeam);
}

Result<Response> Create(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<OrganizationId>(request, "id", "organization"));
  RETURN_IF_ERROR(services.organizations.Get(id));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  const Team team{{NewUuid()}, id, NameField(fields, "name"), services.clock.Now()};
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(services.teams.Insert(team));
  return JsonResponse(201, RenderTeam(team));
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Team team, Find(services, request));
  return JsonResponse(200, RenderTeam(team));
}

Result<Response> Rename(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(Team team, Find(services, request));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  team.name = NameField(fields, "name");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(services.teams.Rename(team.id, team.name));
  return JsonResponse(200, RenderTeam(team));
}

Result<Response> Delete(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Team team, Find(services, request));
  RETURN_IF_ERROR(services.teams.Delete(team.id));
  return Response{204, {}, std::string()};
}

Result<Response> Members(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Team team, Find(services, request));
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, services.teams.Members(team.id, page));
  return ListResponse(found, RenderMember);
}

Result<Response> AddMember(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Team team, Find(services, request));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  const domain::UserId user{fields.RequiredText("user_id")};
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  // Whoever joins a team gets what it was granted.
  ASSIGN_OR_RETURN(const auto grants, services.teams.Grants(team.id, {1, 100}));
  for (const catalog::TeamGrant& grant : grants.items) {
    ASSIGN_OR_RETURN(const WantedRole role, FindRole(services, team.organization_id,
                                                     RoleFor::kProject, RoleText(grant.role)));
    RETURN_IF_ERROR(CheckMayGive(
        request.caller, team.organization_id, grant.project_id,
        role.permissions & domain::PermissionSet::OfLevel(domain::PermissionLevel::kProject)));
  }
  RETURN_IF_ERROR(services.teams.AddMember(team.id, user, services.clock.Now()));
  return JsonResponse(201, json::object{{"team_id", team.id.value}, {"user_id", user.value}});
}

Result<Response> RemoveMember(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Team team, Find(services, request));
  ASSIGN_OR_RETURN(const auto user, PathId<domain::UserId>(request, "user_id", "member"));
  RETURN_IF_ERROR(services.teams.RemoveMember(team.id, user));
  return Response{204, {}, std::string()};
}

Result<Response> Grants(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Team team, Find(services, request));
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, services.teams.Grants(team.id, page));
  return ListResponse(found, RenderGrant);
}

Result<Response> PutGrant(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Team team, Find(services, request));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  const domain::ProjectId project{fields.RequiredText("project_id")};
  const std::string role_text = fields.RequiredText("role");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const catalog::Project found, services.tenancy.GetProject(project));
  if (found.organization_id != team.organization_id) {
    return Fail(access::NoSuch(ObjectKind::kProject, project.value));
  }
  ASSIGN_OR_RETURN(const WantedRole role,
                   FindRole(services, team.organization_id, RoleFor::kProject, role_text));
  RETURN_IF_ERROR(CheckMayGive(
      request.caller, team.organization_id, project,
      role.permissions & domain::PermissionSet::OfLevel(domain::PermissionLevel::kProject)));
  const catalog::TeamGrant grant{team.id, project, role.role, services.clock.Now()};
  RETURN_IF_ERROR(services.teams.PutGrant(grant));
  return JsonResponse(201, RenderGrant(grant));
}

Result<Response> RemoveGrant(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Team team, Find(services, request));
  ASSIGN_OR_RETURN(const auto project, PathId<domain::ProjectId>(request, "project_id", "project"));
  RETURN_IF_ERROR(services.teams.RemoveGrant(team.id, project));
  return Response{204, {}, std::string()};
}

}  // namespace

void AddTeamRoutes(Router& router, const Services& services) {
  const auto add = [&](std::string_view method, std::string_view path, const Rule& rule,
                       Result<Response> (*handle)(const Services&, const Request&)) {
    router.Add(method, path, rule, [services, handle](const Context&, const Request& request) {
      return handle(services, request);
    });
  };
  const auto on = [](Permission permission) {
    return Rule::On(permission, InPath(ObjectKind::kOrganization, "id"));
  };
  const Rule view = on(Permission::kOrgMembersView);
  const Rule manage = on(Permission::kOrgMembersManage);
  constexpr std::string_view kAll = "/api/v1/organizations/{id}/teams";
  constexpr std::string_view kOne = "/api/v1/organizations/{id}/teams/{team_id}";
  add("GET", kAll, view, List);
  add("POST", kAll, manage, Create);
  add("GET", kOne, view, Show);
  add("PATCH", kOne, manage, Rename);
  add("DELETE", kOne, manage, Delete);
  constexpr std::string_view kMembers = "/api/v1/organizations/{id}/teams/{team_id}/members";
  add("GET", kMembers, view, Members);
  add("POST", kMembers, manage, AddMember);
  add("DELETE", "/api/v1/organizations/{id}/teams/{team_id}/members/{user_id}", manage,
      RemoveMember);
  // Grants are the project's to give: its admins need not manage the organization.
  NamedObject in_body = InBody(ObjectKind::kProject, "project_id");
  NamedObject in_path = InPath(ObjectKind::kProject, "project_id");
  in_body.permission = Permission::kProjectMembersManage;
  in_path.permission = Permission::kProjectMembersManage;
  constexpr std::string_view kGrants = "/api/v1/organizations/{id}/teams/{team_id}/grants";
  add("GET", kGrants, view, Grants);
  add("POST", kGrants, on(Permission::kOrgView).And(in_body), PutGrant);
  add("DELETE", "/api/v1/organizations/{id}/teams/{team_id}/grants/{project_id}",
      on(Permission::kOrgView).And(in_path), RemoveGrant);
}

}  // namespace reprise::api
