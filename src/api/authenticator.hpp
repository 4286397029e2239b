#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "api/http_message.hpp"
#include "base/error.hpp"

namespace reprise::api {

// Says who a caller is. Asked once per request, by the router, on a thread that may wait.
// Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // By the head of a request. kUnauthenticated otherwise.
  [[nodiscard]] virtual Result<access::Caller> Authenticate(const Request& head) const = 0;
};

// One bearer token that may do everything. Keeps only its digest, and compares in constant time.
class AdminToken final : public Authenticator {
 public:
  explicit AdminToken(std::string_view token);
  // By the token's SHA-256 (lower-case hex), where the token itself is not known.
  [[nodiscard]] static AdminToken OfDigest(std::string sha256);
  [[nodiscard]] const std::string& sha256() const { return sha256_; }
  [[nodiscard]] Result<access::Caller> Authenticate(const Request& head) const override;
  // By the value of the header Authorization, empty when there is none.
  [[nodiscard]] Result<access::Caller> Authenticate(std::string_view authorization) const;
  [[nodiscard]] bool Is(std::string_view token) const;

 private:
  AdminToken() = default;
  std::string sha256_;
};

// The token of "Bearer …"; kUnauthenticated when the header is another.
[[nodiscard]] Result<std::string_view> BearerToken(std::string_view authorization);

// The token in `path`; at the first start a new one is made there, readable by its owner only.
[[nodiscard]] Result<std::string> EnsureAdminToken(const std::filesystem::path& path);

}  // namespace reprise::api
