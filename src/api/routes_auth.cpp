#include <fmt/format.h>

#include "api/account_support.hpp"
#include "api/render.hpp"
#include "api/routes.hpp"
#include "api/session_cookie.hpp"
#include "base/log.hpp"

// Signing in and one's own account.
namespace reprise::api {
namespace {

namespace json = boost::json;

Response SignedInResponse(const Request& request, const access::SignedIn& signed_in) {
  Response response =
      JsonResponse(200, json::object{{"user", RenderUser(signed_in.user)},
                                     {"csrf_token", signed_in.csrf_token},
                                     {"must_change_password", signed_in.user.must_change_password},
                                     {"expires_at", FormatInstant(signed_in.session.expires_at)}});
  const auto lives = std::chrono::duration_cast<std::chrono::seconds>(signed_in.session.expires_at -
                                                                      signed_in.session.created_at);
  response.headers.emplace_back("Set-Cookie", SetSessionCookie(request, signed_in.secret, lives));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Result<Response> Login(const Services& services, const Request& request) {
  BodyFields fields(request);
  access::SignInOrder order;
  order.email = fields.Text("email");
  order.password = fields.Text("password");
  order.code = fields.Text("totp_code");
  order.address = request.client_address;
  order.user_agent = std::string(request.headers.Find("User-Agent").value_or(""));
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  const Result<access::SignedIn> signed_in = services.accounts.SignIn(order);
  if (signed_in) {
    log::Info("auth.signed_in", {{"user", signed_in->user.id.value}, {"address", order.address}});
    return SignedInResponse(request, *signed_in);
  }
  log::Warning("auth.refused",
               {{"address", order.address}, {"code", std::string(NameOf(signed_in.error().code))}});
  Response response = ProblemResponse(signed_in.error(), request.request_id);
  if (signed_in.error().code == ErrorCode::kTooManyRequests) {
    response.headers.emplace_back("Retry-After",
                                  std::to_string(services.accounts.RetryAfter(order).count()));
  }
  return response;
}

Result<Response> Logout(const Services& services, const Request& request) {
  if (!request.caller.session_id.empty()) {
    RETURN_IF_ERROR(services.credential_store.DeleteSession(request.caller.session_id));
  }
  Response response{204, {}, std::string()};
  response.headers.emplace_back("Set-Cookie",
                                SetSessionCookie(request, "", std::chrono::seconds(0)));
  return response;
}

Result<json::array> ProjectsOf(const Services& services, const access::Caller& caller,
                               const domain::OrganizationId& organization) {
  json::array projects;
  ASSIGN_OR_RETURN(const auto all, services.access_store.ProjectsOf({organization}));
  for (const auto& [project, owner] : all) {
    domain::PermissionSet allowed;
    for (const domain::Permission permission : domain::AllPermissions()) {
      if (LevelOf(permission) == domain::PermissionLevel::kProject &&
          caller.May(permission, owner, project)) {
        allowed.Add(permission);
      }
    }
    if (allowed.empty()) continue;
    projects.push_back(
        json::object{{"project_id", project.value}, {"permissions", NamesOf(allowed)}});
  }
  return projects;
}

Result<json::array> Memberships(const Services& services, const access::Caller& caller) {
  json::array memberships;
  for (const auto& one : caller.standings) {
    domain::PermissionSet allowed;
    for (const domain::Permission permission : domain::AllPermissions()) {
      if (LevelOf(permission) == domain::PermissionLevel::kOrganization &&
          caller.May(permission, one.organization_id)) {
        allowed.Add(permission);
      }
    }
    ASSIGN_OR_RETURN(const catalog::Organization organization,
                     services.organizations.Get(one.organization_id));
    ASSIGN_OR_RETURN(json::array projects, ProjectsOf(services, caller, one.organization_id));
    memberships.push_back(json::object{{"organization", RenderOrganization(organization)},
                                       {"role", RoleText(one.role)},
                                       {"permissions", NamesOf(allowed)},
                                       {"projects", std::move(projects)}});
  }
  return memberships;
}

Result<Response> Me(const Services& services, const Request& request) {
  const access::Caller& caller = request.caller;
  json::object answer{{"user", nullptr},
                      {"is_installation_admin", caller.is_installation},
                      {"scopes", nullptr},
                      {"project_id", TextOrNull(caller.only_project.value)},
                      {"csrf_token", nullptr}};
  if (!caller.user_id.empty()) {
    ASSIGN_OR_RETURN(const catalog::User user, services.users.Get(caller.user_id));
    answer["user"] = RenderUser(user);
  }
  if (caller.scopes) answer["scopes"] = NamesOf(*caller.scopes);
  const std::optional<std::string> secret = SessionSecretIn(request);
  if (!caller.session_id.empty() && secret) answer["csrf_token"] = access::CsrfTokenOf(*secret);
  ASSIGN_OR_RETURN(answer["memberships"], Memberships(services, caller));
  return JsonResponse(200, answer);
}

Result<Response> ChangePassword(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::UserId user, OwnAccount(request));
  BodyFields fields(request);
  const std::string old_password = fields.Text("password");
  const std::string new_password = fields.Text("new_password");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(services.accounts.ChangePassword(user, old_password, new_password,
                                                   request.caller.session_id));
  return Response{204, {}, std::string()};
}

Result<Response> BeginTotp(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::UserId user, OwnAccount(request));
  BodyFields fields(request);
  const std::string password = fields.Text("password");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const access::SecondFactor factor, services.accounts.BeginTotp(user, password));
  return JsonResponse(200, json::object{{"secret", factor.secret}, {"uri", factor.uri}});
}

Result<Response> ConfirmTotp(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::UserId user, OwnAccount(request));
  BodyFields fields(request);
  const std::string code = fields.Text("code");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const std::vector<std::string> codes, services.accounts.ConfirmTotp(user, code));
  return JsonResponse(200,
                      json::object{{"recovery_codes", json::array(codes.begin(), codes.end())}});
}

Result<Response> RemoveTotp(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::UserId user, OwnAccount(request));
  BodyFields fields(request);
  const std::string password = fields.Text("password");
  if (std::optional<Response> refusal = Refusal(fields, request)) return *std::move(refusal);
  RETURN_IF_ERROR(services.accounts.RemoveTotp(user, password));
  return Response{204, {}, std::string()};
}

Result<Response> Sessions(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::UserId user, OwnAccount(request));
  QueryFields query(request);
  const catalog::PageRequest page = query.Page();
  if (std::optional<Response> refusal = Refusal(query, request)) return *std::move(refusal);
  ASSIGN_OR_RETURN(const auto found, services.credential_store.Sessions(user, page));
  return ListResponse(found, [&](const catalog::SignInSession& session) {
    return json::object{{"id", session.id.value},
                        {"address", session.address},
                        {"user_agent", session.user_agent},
                        {"is_current", session.id == request.caller.session_id},
                        {"last_used_at", FormatInstant(session.last_used_at)},
                        {"expires_at", FormatInstant(session.expires_at)},
                        {"created_at", FormatInstant(session.created_at)}};
  });
}

Result<Response> EndSession(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const auto id, PathId<domain::SessionId>(request, "id", "session"));
  const Result<catalog::SignInSession> session = services.credential_store.GetSession(id);
  const bool own = session && !request.caller.user_id.empty() &&
                   session->user_id == request.caller.user_id && request.caller.IsUnlimited();
  if (!own) return Fail(ErrorCode::kNotFound, fmt::format("there is no session {}", id.value));
  RETURN_IF_ERROR(services.credential_store.DeleteSession(id));
  return Response{204, {}, std::string()};
}

Result<Response> EndOtherSessions(const Services& services, const Request& request) {
  ASSIGN_OR_RETURN(const domain::UserId user, OwnAccount(request));
  RETURN_IF_ERROR(services.credential_store.DeleteSessionsOf(user, request.caller.session_id));
  return Response{204, {}, std::string()};
}

}  // namespace

void AddAuthRoutes(Router& router, const Services& services) {
  const auto add = [&](std::string_view method, std::string_view path, const Rule& rule,
                       Result<Response> (*handle)(const Services&, const Request&)) {
    router.Add(method, path, rule, [services, handle](const Context&, const Request& request) {
      return handle(services, request);
    });
  };
  add("POST", "/api/v1/auth/login", Rule::Open(), Login);
  add("POST", "/api/v1/auth/logout", Rule::Account(), Logout);
  add("GET", "/api/v1/auth/me", Rule::Account(), Me);
  add("POST", "/api/v1/auth/password", Rule::Account(), ChangePassword);
  add("POST", "/api/v1/auth/totp", Rule::Self(), BeginTotp);
  add("POST", "/api/v1/auth/totp/confirm", Rule::Self(), ConfirmTotp);
  add("DELETE", "/api/v1/auth/totp", Rule::Self(), RemoveTotp);
  add("GET", "/api/v1/auth/sessions", Rule::Self(), Sessions);
  add("DELETE", "/api/v1/auth/sessions", Rule::Self(), EndOtherSessions);
  add("DELETE", "/api/v1/auth/sessions/{id}", Rule::Self(), EndSession);
}

}  // namespace reprise::api
