#include <fmt/format.h>

#include "api/account_support.hpp"
#include "api/render.hpp"
#include "api/routes.hpp"

// Custom roles, exceptions for single people, and the table of what there is to give.
namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using catalog::CustomRole;
using catalog::Override;
using domain::OrganizationId;
using domain::Permission;

json::object RenderRole(const CustomRole& role) {
  return {{"id", role.id.value},
          {"organization_id", role.organization_id.value},
          {"name", role.name},
          {"permissions", NamesOf(role.permissions)},
          {"created_at", FormatInstant(role.created_at)}};
}

json::object RenderOverride(const Override& one) {
  return {{"id", one.id.value},
          {"organization_id", one.organization_id.value},
          {"user_id", one.user_id.value},
          {"project_id", TextOrNull(one.what.project_id.value)},
          {"permission", NameOf(one.what.permission)},
          {"effect", NameOf(one.what.effect)},
          {"created_at", FormatInstant(one.created_at)}};
}

Result<OrganizationId> FindOrganization(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<OrganizationId>(request, "id", "organization"));
  RETURN_IF_ERROR(services.organizations.Get(id));
  return id;
}

Result<CustomRole> FindCustom(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto organization, PathId<OrganizationId>(request, "id", "organization"));
  ASSIGN_OR_RETURN(const auto id, PathId<domain::RoleId>(request, "role_id", "role"));
  const Result<CustomRole> role = services.organizations.GetRole(id);
  if (role && role->organization_id == organization) return *role;
  return Fail(ErrorCode::kNotFound, fmt::format("there is no role {}", id.value));
}

Result<Response> Roles(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const OrganizationId id, FindOrganization(services, request));
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, services.organizations.Roles(id, page));
  return ListResponse(found, RenderRole);
}

Result<Response> CreateRole(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const OrganizationId id, FindOrganization(services, request));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  CustomRole role{{NewUuid()}, id, NameField(fields, "name"), {}, services.clock.Now()};
  role.permissions = PermissionsField(fields, "permissions").value_or(domain::PermissionSet());
  if (role.permissions.empty()) fields.AddFault("permissions", "must name a permission at least");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(CheckMayGive(request.caller, id, {}, role.permissions));
  RETURN_IF_ERROR(services.organizations.InsertRole(role));
  return JsonResponse(201, RenderRole(role));
}

Result<Response> ShowRole(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const CustomRole role, FindCustom(services, request));
  return JsonResponse(200, RenderRole(role));
}

Result<Response> ChangeRole(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(CustomRole role, FindCustom(services, request));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  if (fields.Raw("name") != nullptr) role.name = NameField(fields, "name");
  const auto wanted = PermissionsField(fields, "permissions");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  if (wanted) {
    // Also what is taken away: a role that holds more than the caller is not theirs to change.
    RETURN_IF_ERROR(
        CheckMayGive(request.caller, role.organization_id, {}, *wanted | role.permissions));
    role.permissions = *wanted;
  }
  RETURN_IF_ERROR(services.organizations.UpdateRole(role));
  return JsonResponse(200, RenderRole(role));
}

Result<Response> DeleteRole(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const CustomRole role, FindCustom(services, request));
  RETURN_IF_ERROR(services.organizations.DeleteRole(role.id));
  return Response{204, {}, std::string()};
}

Result<Response> Overrides(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const OrganizationId id, FindOrganization(services, request));
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, services.organizations.Overrides(id, page));
  return ListResponse(found, RenderOverride);
}

// An exception gives or takes: both take having it oneself, and an owner's are the owners' own.
Status CheckMayOverride(const Services& services, const access::Caller& caller,
                        const Override& one) {
  ASSIGN_OR_RETURN(const catalog::Member member,
                   services.organizations.GetMember(one.organization_id, one.user_id));
  if (member.role.built_in == NameOf(domain::OrganizationRole::kOwner) &&
      !caller.May(Permission::kOrgOwnersManage, one.organization_id)) {
    return Fail(access::Forbidden(Permission::kOrgOwnersManage));
  }
  domain::PermissionSet set;
  set.Add(one.what.permission);
  return CheckMayGive(caller, one.organization_id, one.what.project_id, set);
}

Result<Response> PutOverride(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const OrganizationId id, FindOrganization(services, request));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  Override one{{NewUuid()}, id, {fields.RequiredText("user_id")}, {}, services.clock.Now()};
  one.what.project_id = {fields.OptionalText("project_id").value_or("")};
  const std::string name = fields.RequiredText("permission");
  const auto permission = domain::ParsePermission(name);
  if (!name.empty() && !permission) fields.AddFault("permission", "is no permission");
  const std::string effect = fields.RequiredText("effect");
  const auto parsed = domain::ParseOverrideEffect(effect);
  if (!effect.empty() && !parsed) fields.AddFault("effect", "must be one of allow, deny");
  if (permission && !one.what.project_id.empty() &&
      LevelOf(*permission) != domain::PermissionLevel::kProject) {
    fields.AddFault("project_id", "goes with a project's permission only");
  }
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  one.what.permission = *permission;
  one.what.effect = *parsed;
  RETURN_IF_ERROR(CheckMayOverride(services, request.caller, one));
  RETURN_IF_ERROR(services.organizations.PutOverride(one));
  return JsonResponse(201, RenderOverride(one));
}

Result<Response> DeleteOverride(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const OrganizationId organization, FindOrganization(services, request));
  ASSIGN_OR_RETURN(const auto id, PathId<domain::OverrideId>(request, "override_id", "override"));
  const Result<Override> one = services.organizations.GetOverride(id);
  if (!one || one->organization_id != organization) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no override {}", id.value));
  }
  RETURN_IF_ERROR(CheckMayOverride(services, request.caller, *one));
  RETURN_IF_ERROR(services.organizations.DeleteOverride(id));
  return Response{204, {}, std::string()};
}

json::object RolesTable() {
  json::object organization;
  for (const auto role :
       {domain::OrganizationRole::kOwner, domain::OrganizationRole::kAdmin,
        domain::OrganizationRole::kDeveloper, domain::OrganizationRole::kViewer}) {
    organization[NameOf(role)] = NamesOf(PermissionsOf(role));
  }
  json::object project;
  for (const auto role : {domain::ProjectRole::kAdmin, domain::ProjectRole::kDeveloper,
                          domain::ProjectRole::kViewer}) {
    project[NameOf(role)] = NamesOf(PermissionsOf(role));
  }
  return {{"permissions", NamesOf(domain::PermissionSet::All())},
          {"organization_roles", std::move(organization)},
          {"project_roles", std::move(project)}};
}

}  // namespace

void AddRoleRoutes(Router& router, const Services& services) {
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
  const Rule manage = on(Permission::kOrgRolesManage);
  constexpr std::string_view kRoles = "/api/v1/organizations/{id}/roles";
  constexpr std::string_view kRole = "/api/v1/organizations/{id}/roles/{role_id}";
  add("GET", kRoles, view, Roles);
  add("POST", kRoles, manage, CreateRole);
  add("GET", kRole, view, ShowRole);
  add("PATCH", kRole, manage, ChangeRole);
  add("DELETE", kRole, manage, DeleteRole);
  NamedObject project = InBody(ObjectKind::kProject, "project_id");
  project.permission = Permission::kProjectView;
  constexpr std::string_view kOverrides = "/api/v1/organizations/{id}/overrides";
  add("GET", kOverrides, view, Overrides);
  add("POST", kOverrides, on(Permission::kOrgRolesManage).And(project), PutOverride);
  add("DELETE", "/api/v1/organizations/{id}/overrides/{override_id}", manage, DeleteOverride);
  router.Add("GET", "/api/v1/permissions", Rule::Self(), [](const Context&, const Request&) {
    return Result<Response>(JsonResponse(200, RolesTable()));
  });
}

}  // namespace reprise::api
