#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "access/accounts.hpp"
#include "access/oidc_provider.hpp"
#include "base/context.hpp"
#include "catalog/identity_store.hpp"

namespace reprise::access {

// What becomes of somebody whom the provider vouches for and whom nobody here knows: refused, or
// made a member of an organization.
struct OidcJoin {
  std::string organization;  // its name
  std::string role;          // admin, developer, viewer: nobody becomes an owner by signing in
};
// "ORGANIZATION:ROLE"; kInvalidArgument for another form or role.
[[nodiscard]] Result<OidcJoin> ReadOidcJoin(const std::string& text);

// Signing in with an OpenID provider (docs/sign-in.md). What a sign-in needs to be finished travels
// in a sealed cookie of the browser that began it, so any node may finish it; each counts once.
// Thread-safe.
class OidcSignIn {
 public:
  struct Parts {
    OidcProvider& provider;
    Accounts& accounts;
    catalog::UserStore& users;
    catalog::IdentityStore& identities;
    const SecretBox& box;
    const Clock& clock;
    std::optional<OidcJoin> join = std::nullopt;
  };
  explicit OidcSignIn(Parts parts) : parts_(std::move(parts)) {}

  static constexpr std::chrono::minutes kLimit{10};  // from the beginning to the end

  [[nodiscard]] const std::string& provider_name() const { return parts_.provider.options().name; }

  struct Begun {
    std::string url;     // where the browser goes
    std::string cookie;  // what it is to bring back
  };
  // kTooManyRequests while too many others sign in; kUnavailable without the provider.
  [[nodiscard]] Result<Begun> Begin(const Context& ctx);

  // What the browser brought back.
  struct Answer {
    std::string state;
    std::string code;
    std::string error;   // of the provider instead of a code: "access_denied"
    std::string issuer;  // "": none told
    std::string cookie;
    std::string address;
    std::string user_agent;
  };
  // Begins a session. kUnauthenticated when the answer is none to a sign-in of this browser, comes
  // twice or too late, or its token is not right; kPermissionDenied for people whom nobody here
  // knows, and for those who are disabled.
  [[nodiscard]] Result<SignedIn> Finish(const Context& ctx, const Answer& answer);

 private:
  [[nodiscard]] Result<SignedIn> TryFinish(const Context& ctx, const Answer& answer);
  [[nodiscard]] Result<catalog::User> PersonOf(const IdTokenClaims& claims);
  [[nodiscard]] Result<catalog::User> Link(const catalog::User& user, const IdTokenClaims& claims);
  [[nodiscard]] Result<catalog::User> Join(const std::string& email, const IdTokenClaims& claims);

  Parts parts_;
  std::atomic<int> signing_in_ = 0;
};

}  // namespace reprise::access
