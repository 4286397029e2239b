#include "api/session_cookie.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "api/http_text.hpp"

namespace reprise::api {
namespace {

bool ChangesNothing(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool SameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<std::string> SessionSecretIn(const Request& request) {
  for (const auto& [name, value] : request.headers.fields()) {
    if (!EqualsIgnoringCase(name, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(';');
      const std::string_view pair = TrimSpaces(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      const std::size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == kSessionCookie &&
          equals + 1 < pair.size()) {
        return std::string(pair.substr(equals + 1));
      }
    }
  }
  return std::nullopt;
}

std::string SetSessionCookie(const Request& request, std::string_view secret,
                             std::chrono::seconds lives) {
  // Whoever lies about it only hurts the cookie of their own browser.
  const bool tls = request.headers.Find("X-Forwarded-Proto").value_or("") == "https";
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", kSessionCookie,
                     secret, lives.count(), tls ? "; Secure" : "");
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
