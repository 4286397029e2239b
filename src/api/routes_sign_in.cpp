#include <fmt/format.h>

#include <boost/json/object.hpp>

#include "api/render.hpp"
#include "api/route_support.hpp"
#include "api/session_cookie.hpp"
#include "api/sign_in_routes.hpp"
#include "base/html_text.hpp"
#include "base/log.hpp"

// Signing in with a provider. A browser comes here by itself, so what is refused is told in a page.
namespace reprise::api {
namespace {

namespace json = boost::json;
using access::OidcSignIn;

constexpr std::string_view kPath = "/api/v1/auth/oidc";
constexpr std::string_view kFlowCookie = "reprise_oidc";

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Not signed in – Reprise</title><style>
body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;color:#1b1f24}}
@media(prefers-color-scheme:dark){{body{{background:#14171a;color:#e6e9ec}}a{{color:#7cb7ff}}}}
</style></head><body><main><h1>Not signed in</h1><p>{}</p><p>{}</p>
<p><a href="/">Back to the sign-in</a></p></main></body></html>
)";

// Lax, as the provider leads the browser back here: a Strict one would not come along.
std::string FlowCookie(const Request& request, std::string_view value, std::chrono::seconds lives) {
  return fmt::format("{}={}; Path={}; Max-Age={}; HttpOnly; SameSite=Lax{}", kFlowCookie, value,
                     kPath, lives.count(), request.over_tls ? "; Secure" : "");
}

Response Redirect(std::string to) {
  Response response{302, {}, std::string()};
  response.headers.emplace_back("Location", std::move(to));
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

std::string Capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

Response Refusal(const Request& request, const Error& error) {
  log::Warning("auth.refused", {{"address", request.client_address},
                                {"code", std::string(NameOf(error.code))},
                                {"way", "oidc"}});
  Response response = ProblemResponse(error, request.request_id);
  const std::string_view accepts = request.headers.Find("Accept").value_or("");
  if (accepts.find("text/html") == std::string_view::npos) return response;
  response.headers = {{"Content-Type", "text/html; charset=utf-8"},
                      {"Cache-Control", "no-store"},
                      {"Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}};
  response.body = fmt::format(kPage, HtmlText(Capitalized(error.Sentence())) + ".",
                              HtmlText(Capitalized(error.hint)));
  return response;
}

Result<Response> Show(const SignInParts& parts, const Request&) {
  if (parts.sign_in == nullptr) {
    return JsonResponse(
        200, json::object{{"is_configured", false}, {"name", nullptr}, {"start", nullptr}});
  }
  return JsonResponse(200, json::object{{"is_configured", true},
                                        {"name", parts.sign_in->provider_name()},
                                        {"start", std::string(kPath) + "/start"}});
}

Status CheckConfigured(const SignInParts& parts) {
  if (parts.sign_in != nullptr) return {};
  return Fail(ErrorCode::kNotFound, "this installation has no sign-in provider",
              "sign in with a password, or start reprise with --oidc-issuer");
}

Result<Response> Start(const SignInParts& parts, const Context& ctx, const Request& request) {
  const Status configured = CheckConfigured(parts);
  if (!configured) return Refusal(request, configured.error());
  Result<OidcSignIn::Begun> begun = parts.sign_in->Begin(ctx);
  if (!begun) return Refusal(request, begun.error());
  Response response = Redirect(std::move(begun->url));
  response.headers.emplace_back("Set-Cookie",
                                FlowCookie(request, begun->cookie, OidcSignIn::kLimit));
  return response;
}

Result<Response> Finish(const SignInParts& parts, const Context& ctx, const Request& request) {
  const auto query = [&](std::string_view name) {
    return std::string(request.QueryValue(name).value_or(""));
  };
  const Status configured = CheckConfigured(parts);
  if (!configured) return Refusal(request, configured.error());
  const OidcSignIn::Answer answer{query("state"),
                                  query("code"),
                                  query("error"),
                                  query("iss"),
                                  CookieIn(request, kFlowCookie).value_or(""),
                                  request.client_address,
                                  std::string(request.headers.Find("User-Agent").value_or(""))};
  const Result<access::SignedIn> signed_in = parts.sign_in->Finish(ctx, answer);
  Response response = signed_in ? Redirect("/") : Refusal(request, signed_in.error());
  response.headers.emplace_back("Set-Cookie", FlowCookie(request, "", std::chrono::seconds(0)));
  if (!signed_in) return response;
  log::Info(
      "auth.signed_in",
      {{"user", signed_in->user.id.value}, {"address", request.client_address}, {"way", "oidc"}});
  const auto lives = std::chrono::duration_cast<std::chrono::seconds>(
      signed_in->session.expires_at - signed_in->session.created_at);
  response.headers.emplace_back("Set-Cookie", SetSessionCookie(request, signed_in->secret, lives));
  response.signer = signed_in->user.email;
  return response;
}

}  // namespace

void AddSignInRoutes(Router& router, const SignInParts& parts) {
  router.Add("GET", kPath, Rule::Open(),
             [parts](const Context&, const Request& request) { return Show(parts, request); });
  router.Add(
      "GET", std::string(kPath) + "/start", Rule::Open(),
      [parts](const Context& ctx, const Request& request) { return Start(parts, ctx, request); });
  router.Add(
      "GET", std::string(kPath) + "/callback", Rule::Open(),
      [parts](const Context& ctx, const Request& request) { return Finish(parts, ctx, request); },
      {.audit = Audit::kAlways});
}

}  // namespace reprise::api
