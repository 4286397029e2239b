#include <fmt/format.h>

#include "api/account_support.hpp"
#include "api/render.hpp"
#include "api/routes.hpp"

// Organizations and their members.
namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using catalog::Member;
using catalog::Organization;
using domain::OrganizationId;
using domain::Permission;

json::object RenderMember(const Member& member) {
  return {{"organization_id", member.organization_id.value},
          {"user_id", member.user_id.value},
          {"email", member.email},
          {"name", member.name},
          {"role", RoleText(member.role)},
          {"created_at", FormatInstant(member.created_at)}};
}

Result<Organization> Find(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<OrganizationId>(request, "id", "organization"));
  return services.organizations.Get(id);
}

Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  const access::Caller& caller = request.caller;
  std::optional<std::vector<OrganizationId>> among;
  if (!caller.MayInSystem(Permission::kOrgView)) {
    among.emplace();
    for (const OrganizationId& organization : caller.Organizations()) {
      if (caller.May(Permission::kOrgView, organization)) among->push_back(organization);
    }
  }
  ASSIGN_OR_RETURN(const auto found, services.organizations.List(among, page));
  return ListResponse(found, RenderOrganization);
}

Result<Response> Create(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  Organization organization{{NewUuid()}, NameField(fields, "name"), services.clock.Now()};
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(services.organizations.Insert(organization));
  return JsonResponse(201, RenderOrganization(organization));
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Organization organization, Find(services, request));
  return JsonResponse(200, RenderOrganization(organization));
}

Result<Response> Rename(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(Organization organization, Find(services, request));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  organization.name = NameField(fields, "name");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(services.organizations.Rename(organization.id, organization.name));
  return JsonResponse(200, RenderOrganization(organization));
}

Result<Response> Delete(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<OrganizationId>(request, "id", "organization"));
  RETURN_IF_ERROR(services.organizations.Delete(id));
  return Response{204, {}, std::string()};
}

Result<Response> Members(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Organization organization, Find(services, request));
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, services.organizations.Members(organization.id, page));
  return ListResponse(found, RenderMember);
}

// Owners are made, changed and removed by owners only.
Status CheckOwnersOwn(const Services& services, const access::Caller& caller,
                      const OrganizationId& organization, const domain::UserId& user) {
  const Result<Member> now = services.organizations.GetMember(organization, user);
  const bool is_owner = now && now->role.built_in == NameOf(domain::OrganizationRole::kOwner);
  if (!is_owner || caller.May(Permission::kOrgOwnersManage, organization)) return {};
  return Fail(access::Forbidden(Permission::kOrgOwnersManage));
}

Result<Response> PutMember(const Services& services, const Request& request,
                           const OrganizationId& organization, const domain::UserId& user,
                           const std::string& role_text, int status) {
  RETURN_IF_ERROR(CheckOwnersOwn(services, request.caller, organization, user));
  ASSIGN_OR_RETURN(const WantedRole role,
                   FindRole(services, organization, RoleFor::kOrganization, role_text));
  RETURN_IF_ERROR(CheckMayGive(request.caller, organization, {}, role.permissions));
  RETURN_IF_ERROR(services.organizations.PutMember(
      {organization, user, role.role, services.clock.Now(), {}, {}}));
  ASSIGN_OR_RETURN(const Member member, services.organizations.GetMember(organization, user));
  return JsonResponse(status, RenderMember(member));
}

Result<Response> AddMember(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Organization organization, Find(services, request));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  const std::string email = fields.RequiredText("email");
  const std::string role = fields.RequiredText("role");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const std::string normal, access::NormalEmail(email));
  ASSIGN_OR_RETURN(const std::optional<catalog::User> user, services.users.FindByEmail(normal));
  if (!user) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no user {}", normal),
                "make the account first: POST /api/v1/users with organization_id");
  }
  if (services.organizations.GetMember(organization.id, user->id)) {
    return Fail(ErrorCode::kConflict, fmt::format("{} is a member already", normal),
                "change the role with PATCH");
  }
  return PutMember(services, request, organization.id, user->id, role, 201);
}

Result<Response> ChangeMember(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Organization organization, Find(services, request));
  ASSIGN_OR_RETURN(const auto user, PathId<domain::UserId>(request, "user_id", "member"));
  ASSIGN_OR_RETURN(const Member member, services.organizations.GetMember(organization.id, user));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  const std::string role = fields.RequiredText("role");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  return PutMember(services, request, organization.id, member.user_id, role, 200);
}

Result<Response> RemoveMember(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const Organization organization, Find(services, request));
  ASSIGN_OR_RETURN(const auto user, PathId<domain::UserId>(request, "user_id", "member"));
  RETURN_IF_ERROR(CheckOwnersOwn(services, request.caller, organization.id, user));
  RETURN_IF_ERROR(services.organizations.RemoveMember(organization.id, user));
  return Response{204, {}, std::string()};
}

}  // namespace

void AddOrganizationRoutes(Router& router, const Services& services) {
  const auto add = [&](std::string_view method, std::string_view path, const Rule& rule,
                       Result<Response> (*handle)(const Services&, const Request&)) {
    router.Add(method, path, rule, [services, handle](const Context&, const Request& request) {
      return handle(services, request);
    });
  };
  const auto on = [](Permission permission) {
    return Rule::On(permission, InPath(ObjectKind::kOrganization, "id"));
  };
  constexpr std::string_view kAll = "/api/v1/organizations";
  constexpr std::string_view kOne = "/api/v1/organizations/{id}";
  add("GET", kAll, Rule::Self(), List);
  add("POST", kAll, Rule::System(Permission::kSystemOrganizationsManage), Create);
  add("GET", kOne, on(Permission::kOrgView), Show);
  add("PATCH", kOne, on(Permission::kOrgSettingsManage), Rename);
  add("DELETE", kOne, Rule::System(Permission::kSystemOrganizationsManage), Delete);
  constexpr std::string_view kMembers = "/api/v1/organizations/{id}/members";
  constexpr std::string_view kMember = "/api/v1/organizations/{id}/members/{user_id}";
  add("GET", kMembers, on(Permission::kOrgMembersView), Members);
  add("POST", kMembers, on(Permission::kOrgMembersManage), AddMember);
  add("PATCH", kMember, on(Permission::kOrgMembersManage), ChangeMember);
  add("DELETE", kMember, on(Permission::kOrgMembersManage), RemoveMember);
}

}  // namespace reprise::api
