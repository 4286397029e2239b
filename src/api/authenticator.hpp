#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "api/http_message.hpp"
#include "base/error.hpp"

namespace reprise::api {

// Says who a caller is. Asked once per request, in the router, from the thread that reads from
// sockets: it must not wait. Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // `authorization` is the header's value, empty when there is none. kUnauthenticated otherwise.
  [[nodiscard]] virtual Result<Principal> Authenticate(std::string_view authorization) const = 0;
};

// One bearer token that may do everything. Keeps only its digest, and compares in constant time.
class AdminToken final : public Authenticator {
 public:
  explicit AdminToken(std::string_view token);
  // By the token's SHA-256 (lower-case hex), where the token itself is not known.
  [[nodiscard]] static AdminToken OfDigest(std::string sha256);
  [[nodiscard]] const std::string& sha256() const { return sha256_; }
  [[nodiscard]] Result<Principal> Authenticate(std::string_view authorization) const override;

 private:
  AdminToken() = default;
  std::string sha256_;
};

// The token in `path`; at the first start a new one is made there, readable by its owner only.
[[nodiscard]] Result<std::string> EnsureAdminToken(const std::filesystem::path& path);

}  // namespace reprise::api
