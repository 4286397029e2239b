#include <fmt/format.h>

#include <algorithm>

#include "api/account_support.hpp"
#include "api/render.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::Permission;

// The people that the caller may know of; nullopt: all.
std::optional<std::vector<domain::OrganizationId>> KnownThrough(const access::Caller& caller) {
  if (caller.MayInSystem(Permission::kSystemUsersManage)) return std::nullopt;
  std::vector<domain::OrganizationId> through;
  for (const domain::OrganizationId& organization : caller.Organizations()) {
    if (caller.May(Permission::kOrgMembersView, organization)) through.push_back(organization);
  }
  return through;
}

Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found,
                   services.users.List({.members_of = KnownThrough(request.caller)}, page));
  return ListResponse(found, RenderUser);
}

Result<Response> Show(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::UserId>(request, "id", "user"));
  const auto through = KnownThrough(request.caller);
  bool known = !through || id == request.caller.user_id;
  for (const domain::OrganizationId& organization :
       through.value_or(std::vector<domain::OrganizationId>())) {
    known = known || services.organizations.GetMember(organization, id).has_value();
  }
  if (!known) return Fail(ErrorCode::kNotFound, fmt::format("there is no user {}", id.value));
  ASSIGN_OR_RETURN(const catalog::User user, services.users.Get(id));
  return JsonResponse(200, RenderUser(user));
}

// With `organization_id` the new person is a member of it at once.
Result<Response> Create(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  access::NewAccount account;
  account.email = fields.RequiredText("email");
  account.name = fields.OptionalText("name").value_or("");
  account.is_admin = fields.OptionalBool("is_admin", false);
  const domain::OrganizationId organization{fields.OptionalText("organization_id").value_or("")};
  const std::optional<std::string> role_text = fields.OptionalText("role");
  if (role_text && organization.empty()) fields.AddFault("role", "needs organization_id");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  if (account.is_admin) {
    RETURN_IF_ERROR(
        access::AccessControl::CheckSystem(request.caller, Permission::kSystemUsersManage));
  }
  WantedRole role;
  if (!organization.empty()) {
    RETURN_IF_ERROR(services.organizations.Get(organization));
    ASSIGN_OR_RETURN(role, FindRole(services, organization, RoleFor::kOrganization,
                                    role_text.value_or("viewer")));
    RETURN_IF_ERROR(CheckMayGive(request.caller, organization, {}, role.permissions));
  }
  ASSIGN_OR_RETURN(const access::CreatedAccount created, services.accounts.Create(account));
  if (!organization.empty()) {
    RETURN_IF_ERROR(services.organizations.PutMember(
        {organization, created.user.id, role.role, services.clock.Now(), {}, {}}));
  }
  json::object answer = RenderUser(created.user);
  answer["one_time_password"] = created.one_time_password;
  Response response = JsonResponse(201, answer);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Result<Response> Change(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::UserId>(request, "id", "user"));
  ASSIGN_OR_RETURN(const json::value body, JsonBody(request));
  JsonFields fields(body);
  const bool says_disabled = fields.Raw("is_disabled") != nullptr;
  const bool disabled = fields.OptionalBool("is_disabled", false);
  const bool says_admin = fields.Raw("is_admin") != nullptr;
  const bool admin = fields.OptionalBool("is_admin", false);
  const bool reset = fields.OptionalBool("reset_password", false);
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(catalog::User user, services.users.Get(id));
  if (says_disabled) {
    ASSIGN_OR_RETURN(user, services.accounts.SetDisabled(id, disabled));
  }
  if (says_admin) {
    ASSIGN_OR_RETURN(user, services.users.Update(id, [&](catalog::User& row) -> Status {
      row.is_admin = admin;
      return {};
    }));
  }
  std::string password;
  if (reset) {
    ASSIGN_OR_RETURN(password, services.accounts.ResetPassword(id));
    ASSIGN_OR_RETURN(user, services.users.Get(id));
  }
  json::object answer = RenderUser(user);
  if (reset) answer["one_time_password"] = password;
  Response response = JsonResponse(200, answer);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

void AddUserRoutes(Router& router, const Services& services) {
  const auto add = [&](std::string_view method, std::string_view path, const Rule& rule,
                       Result<Response> (*handle)(const Services&, const Request&)) {
    router.Add(method, path, rule, [services, handle](const Context&, const Request& request) {
      return handle(services, request);
    });
  };
  NamedObject organization = InBody(ObjectKind::kOrganization, "organization_id");
  organization.when_absent = WhenAbsent::kInstallation;
  add("GET", "/api/v1/users", Rule::Self(), List);
  add("POST", "/api/v1/users", Rule::On(Permission::kOrgMembersManage, organization), Create);
  add("GET", "/api/v1/users/{id}", Rule::Self(), Show);
  add("PATCH", "/api/v1/users/{id}", Rule::System(Permission::kSystemUsersManage), Change);
}

}  // namespace reprise::api
