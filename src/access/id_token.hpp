#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

// Tokens by which an OpenID provider says who has signed in (OpenID Connect Core 1.0, section 2).
namespace reprise::access {

// The public keys of a provider (RFC 7517): RSA of 2048 bits and more, and P-256. Keys of other
// kinds and for other uses are left out. Thread-safe.
class JsonWebKeys {
 public:
  [[nodiscard]] static Result<JsonWebKeys> Parse(std::string_view text);

  [[nodiscard]] bool Has(std::string_view key_id) const;
  // Whether one of the keys made the signature; of those named `key_id` when that is not empty.
  // Only RS256 and ES256 are known: "none" and HS256 never match.
  [[nodiscard]] bool Verify(std::string_view algorithm, std::string_view key_id,
                            std::string_view text, std::string_view signature) const;

 private:
  struct Key;
  std::vector<std::shared_ptr<const Key>> keys_;
};

struct ExpectedToken {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  Instant now;
  std::chrono::seconds skew{60};  // by which the provider's clock may differ
};

struct IdTokenClaims {
  std::string subject;  // the provider's own name for the person: never changes
  std::string email;
  bool email_verified = false;
  std::string name;
};

// The key that an id token says it was signed with; "" when it says nothing. kUnauthenticated for
// what is no token.
[[nodiscard]] Result<std::string> KeyIdOf(std::string_view token);
// What the token says, once its signature, issuer, audience, times and nonce are right.
// kUnauthenticated, with what was wrong, otherwise.
[[nodiscard]] Result<IdTokenClaims> CheckIdToken(std::string_view token, const JsonWebKeys& keys,
                                                 const ExpectedToken& expected);

}  // namespace reprise::access
