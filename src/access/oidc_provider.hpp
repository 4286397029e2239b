#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "access/id_token.hpp"
#include "base/clock.hpp"
#include "base/context.hpp"
#include "base/outgoing_call.hpp"

namespace reprise::access {

// An OpenID provider that an operator trusts.
struct OidcOptions {
  std::string issuer;  // https://id.example.com/realms/main, as its discovery document says it
  std::string client_id;
  std::string client_secret;  // empty: a public client, which PKCE alone protects
  std::string name;           // what people know it as
  std::string redirect_uri;   // of this server's public address
};

// kInvalidArgument when the issuer is no address that keeps secrets, or something is missing.
[[nodiscard]] Status CheckOidcOptions(const OidcOptions& options);

// Speaks with the provider: OpenID Connect Core and Discovery 1.0, PKCE (RFC 7636), the issuer in
// the answer (RFC 9207). Its addresses and keys are fetched when first needed and kept for an hour;
// a key that is not known yet is looked for at once, but not more often than every ten seconds.
// Thread-safe; failures are kUnavailable when the provider does not answer as it should.
class OidcProvider {
 public:
  using Fetch = std::function<OutgoingAnswer(const Context&, const OutgoingCall&)>;
  // `clock` must outlive it.
  OidcProvider(OidcOptions options, const Clock& clock, Fetch fetch = Perform)
      : options_(std::move(options)), clock_(clock), fetch_(std::move(fetch)) {}

  [[nodiscard]] const OidcOptions& options() const { return options_; }
  // Where a browser goes to sign in.
  [[nodiscard]] Result<std::string> AuthorizeUrl(const Context& ctx, const std::string& state,
                                                 const std::string& nonce,
                                                 const std::string& verifier);
  // kUnauthenticated when an answer is of another issuer than `issuer_told` ("": it told none).
  [[nodiscard]] Status CheckIssuer(const Context& ctx, const std::string& issuer_told);
  // Who has signed in, for the code that the browser brought back.
  [[nodiscard]] Result<IdTokenClaims> Redeem(const Context& ctx, const std::string& code,
                                             const std::string& verifier, const std::string& nonce);

 private:
  struct Addresses {
    std::string authorize;
    std::string token;
    std::string keys;
    std::string userinfo;
    bool secret_in_form = false;
    bool tells_issuer = false;
    Instant read_at;
  };
  struct Keys {
    JsonWebKeys keys;
    Instant read_at;
  };
  [[nodiscard]] Result<std::string> Get(const Context& ctx, const std::string& url,
                                        std::vector<std::string> headers = {});
  [[nodiscard]] Result<Addresses> ReadAddresses(const Context& ctx);
  [[nodiscard]] Result<Addresses> CurrentAddresses(const Context& ctx);
  [[nodiscard]] Result<JsonWebKeys> KeysFor(const Context& ctx, const std::string& key_id);
  [[nodiscard]] Status AddUserinfo(const Context& ctx, const Addresses& addresses,
                                   const std::string& access_token, IdTokenClaims& claims);

  const OidcOptions options_;
  const Clock& clock_;
  const Fetch fetch_;
  std::mutex mutex_;  // of what follows; held while it is fetched
  std::optional<Addresses> addresses_;
  std::optional<Keys> keys_;
  std::optional<Instant> missed_at_;  // when a key was last looked for that was not known
};

// The challenge to a verifier (RFC 7636, S256).
[[nodiscard]] std::string PkceChallenge(std::string_view verifier);

}  // namespace reprise::access
