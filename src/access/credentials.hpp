#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/accounts.hpp"
#include "access/caller.hpp"
#include "base/clock.hpp"
#include "catalog/access_stores.hpp"

namespace reprise::access {

[[nodiscard]] std::string SecretHash(std::string_view secret);
// Follows from the session's secret: whoever cannot read the cookie cannot make it.
[[nodiscard]] std::string CsrfTokenOf(std::string_view session_secret);

struct TokenOrder {
  domain::UserId user_id;
  std::string name;
  std::optional<domain::PermissionSet> scopes;
  domain::ProjectId project_id;
  std::optional<Instant> expires_at;
};

struct CreatedToken {
  catalog::ApiToken token;
  std::string secret;  // shown once
};

// Says who stands behind an API token or a session's cookie, with all that they were given, anew
// for each call: what was taken away counts from the next call on. Thread-safe.
class Credentials {
 public:
  struct Parts {
    catalog::UserStore& users;
    catalog::CredentialStore& credentials;
    const catalog::AccessStore& access;
    const Clock& clock;
    SessionLimits limits = {};
  };
  explicit Credentials(Parts parts) : parts_(parts) {}

  // kUnauthenticated for unknown and expired ones, and for people who are disabled.
  [[nodiscard]] Result<Caller> OfToken(std::string_view secret) const;
  [[nodiscard]] Result<Caller> OfSession(std::string_view secret) const;
  // A person without a credential: the caller has made sure of who it is.
  [[nodiscard]] Result<Caller> OfPerson(const domain::UserId& id) const;

  [[nodiscard]] Result<CreatedToken> CreateToken(const TokenOrder& order);

 private:
  Parts parts_;
};

}  // namespace reprise::access
