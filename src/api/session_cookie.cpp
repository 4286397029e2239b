#include "api/session_cookie.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace reprise::api {
namespace {

bool ChangesNothing(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool SameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<std::string> SessionSecretIn(const Request& request) {
  return CookieIn(request, kSessionCookie);
}

std::string SetSessionCookie(const Request& request, std::string_view secret,
                             std::chrono::seconds lives) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", kSessionCookie,
                     secret, lives.count(), request.over_tls ? "; Secure" : "");
}

Result<access::Caller> CallerAuthenticator::Authenticate(const Request& head) const {
  const auto authorization = head.headers.Find("Authorization");
  const auto ticket = head.QueryValue("ticket");
  if (ticket && !authorization && ChangesNothing(head.method)) {
    return tickets_.Redeem(head.path, *ticket);
  }
  const std::optional<std::string> cookie = SessionSecretIn(head);
  if (authorization || !cookie) {
    ASSIGN_OR_RETURN(const std::string_view token, BearerToken(authorization.value_or("")));
    if (admin_.Is(token)) return admin_.Authenticate(head);
    return credentials_.OfToken(token);
  }
  ASSIGN_OR_RETURN(access::Caller caller, credentials_.OfSession(*cookie));
  if (ChangesNothing(head.method)) return caller;
  const std::string_view shown = head.headers.Find("X-CSRF-Token").value_or("");
  if (SameText(shown, access::CsrfTokenOf(*cookie))) return caller;
  return Fail(ErrorCode::kPermissionDenied,
              "a call that changes something needs the session's X-CSRF-Token beside its cookie",
              "send the csrf_token that the sign-in answered (GET /api/v1/auth/me has it too)");
}

}  // namespace reprise::api
