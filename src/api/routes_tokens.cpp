#include <fmt/format.h>

#include "api/account_support.hpp"
#include "api/render.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using access::ObjectKind;
using domain::Permission;

json::object RenderToken(const catalog::ApiToken& token) {
  return {{"id", token.id.value},
          {"user_id", token.user_id.value},
          {"name", token.name},
          {"prefix", token.prefix},
          {"scopes", token.scopes ? json::value(NamesOf(*token.scopes)) : json::value(nullptr)},
          {"project_id", TextOrNull(token.project_id.value)},
          {"expires_at", TimeOrNull(token.expires_at)},
          {"last_used_at", TimeOrNull(token.last_used_at)},
          {"created_at", FormatInstant(token.created_at)}};
}

// A new token reaches no further than the one that makes it.
Status CheckNoWider(const access::Caller& caller, const access::TokenOrder& order) {
  const bool scopes_fit =
      !caller.scopes || (order.scopes && caller.scopes->Contains(*order.scopes));
  const bool project_fits = caller.only_project.empty() || order.project_id == caller.only_project;
  if (scopes_fit && project_fits) return {};
  return Fail(ErrorCode::kPermissionDenied, "a token cannot make one that reaches further",
              "give the new one scopes and the project of this one at most");
}

// Whose token it is to be: one's own, or for the installation's administrators anybody's.
Result<domain::UserId> UserOf(const Services& services, const access::Caller& caller,
                              const std::string& wanted) {
  if (wanted.empty() || wanted == caller.user_id.value) {
    if (!caller.user_id.empty()) return caller.user_id;
    return Fail(ErrorCode::kInvalidArgument, "the installation's key belongs to nobody",
                "say with user_id whose token it is to be");
  }
  RETURN_IF_ERROR(access::AccessControl::CheckSystem(caller, Permission::kSystemUsersManage));
  ASSIGN_OR_RETURN(const catalog::User user, services.users.Get({wanted}));
  return user.id;
}

Result<Response> Create(const Services& services, const Request& request) {
  BodyFields fields(request);
  access::TokenOrder order;
  order.name = NameField(fields, "name");
  order.scopes = PermissionsField(fields, "scopes");
  order.project_id = {fields.Text("project_id")};
  const std::string user = fields.Text("user_id");
  const std::int64_t days = fields.Number("expires_in_days");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  if (days > 0) order.expires_at = services.clock.Now() + std::chrono::hours(24 * days);
  RETURN_IF_ERROR(CheckNoWider(request.caller, order));
  if (!order.project_id.empty()) RETURN_IF_ERROR(services.tenancy.GetProject(order.project_id));
  ASSIGN_OR_RETURN(order.user_id, UserOf(services, request.caller, user));
  ASSIGN_OR_RETURN(const access::CreatedToken created, services.credentials.CreateToken(order));
  json::object answer = RenderToken(created.token);
  answer["token"] = created.secret;
  Response response = JsonResponse(201, answer);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// One's own; those tied to an organization's projects for who manages its tokens; all of them for
// the installation's administrators.
Result<Response> List(const Services& services, const Request& request) {
  QueryFields query(request);
  catalog::TokenFilter filter;
  filter.organization_id = query.Identity<domain::OrganizationId>("organization_id");
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  if (!filter.organization_id && !request.caller.MayInSystem(Permission::kSystemUsersManage)) {
    ASSIGN_OR_RETURN(filter.user_id, OwnAccount(request));
  }
  ASSIGN_OR_RETURN(const auto found, services.credential_store.Tokens(filter, page));
  return ListResponse(found, RenderToken);
}

Result<bool> MayEnd(const Services& services, const access::Caller& caller,
                    const catalog::ApiToken& token) {
  const bool own = !caller.user_id.empty() && token.user_id == caller.user_id;
  if (own && (caller.IsUnlimited() || token.id == caller.token_id)) return true;
  if (caller.MayInSystem(Permission::kSystemUsersManage)) return true;
  if (token.project_id.empty()) return false;
  ASSIGN_OR_RETURN(const catalog::Project project, services.tenancy.GetProject(token.project_id));
  return caller.May(Permission::kOrgTokensManage, project.organization_id);
}

Result<Response> Delete(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::TokenId>(request, "id", "token"));
  const Result<catalog::ApiToken> token = services.credential_store.GetToken(id);
  bool may = false;
  if (token) {
    ASSIGN_OR_RETURN(may, MayEnd(services, request.caller, *token));
  }
  if (!may) return Fail(ErrorCode::kNotFound, fmt::format("there is no token {}", id.value));
  RETURN_IF_ERROR(services.credential_store.DeleteToken(id));
  return Response{204, {}, std::string()};
}

}  // namespace

void AddTokenRoutes(Router& router, const Services& services) {
  const auto add = [&](std::string_view method, std::string_view path, const Rule& rule,
                       Result<Response> (*handle)(const Services&, const Request&)) {
    router.Add(method, path, rule, [services, handle](const Context&, const Request& request) {
      return handle(services, request);
    });
  };
  NamedObject organization = InQuery(ObjectKind::kOrganization, "organization_id");
  organization.permission = Permission::kOrgTokensManage;
  add("GET", "/api/v1/tokens", Rule::Self().And(organization), List);
  // Whoever sees a project may tie a token to it: that gives nothing that they do not have.
  NamedObject project = InBody(ObjectKind::kProject, "project_id");
  project.permission = Permission::kProjectView;
  add("POST", "/api/v1/tokens", Rule::Self().And(project), Create);
  add("DELETE", "/api/v1/tokens/{id}", Rule::Self(), Delete);
}

}  // namespace reprise::api
