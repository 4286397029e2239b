#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "access/credentials.hpp"
#include "api/authenticator.hpp"
#include "api/cookies.hpp"
#include "api/download_ticket.hpp"

namespace reprise::api {

// The cookie of a person who has signed in.
inline constexpr std::string_view kSessionCookie = "reprise_session";

// The session's secret in a request's cookies.
[[nodiscard]] std::optional<std::string> SessionSecretIn(const Request& request);
// "reprise_session=…; Path=/; HttpOnly; SameSite=Strict[; Secure]": Secure where the caller came
// over TLS.
[[nodiscard]] std::string SetSessionCookie(const Request& request, std::string_view secret,
                                           std::chrono::seconds lives);

// Callers by what they show: the installation's key, an API token, the ticket of a download, or a
// session's cookie. A call that changes something needs the header X-CSRF-Token beside a cookie.
// Thread-safe.
class CallerAuthenticator final : public Authenticator {
 public:
  // All must outlive it.
  CallerAuthenticator(const AdminToken& admin, const access::Credentials& credentials,
                      const DownloadTickets& tickets)
      : admin_(admin), credentials_(credentials), tickets_(tickets) {}
  [[nodiscard]] Result<access::Caller> Authenticate(const Request& head) const override;

 private:
  const AdminToken& admin_;
  const access::Credentials& credentials_;
  const DownloadTickets& tickets_;
};

}  // namespace reprise::api
