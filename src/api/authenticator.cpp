#include "api/authenticator.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <system_error>

#include "api/http_text.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"

namespace reprise::api {
namespace {

constexpr std::size_t kShortestToken = 16;

tl::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kUnauthenticated, std::move(message),
              "send the header \"Authorization: Bearer <token>\"; the token is in the file "
              "admin.token of the server's data directory");
}

std::string_view WithoutLineEnd(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

}  // namespace

AdminToken::AdminToken(std::string_view token) : sha256_(HashOf(HashKind::kSha256, token)) {}

AdminToken AdminToken::OfDigest(std::string sha256) {
  AdminToken token;
  token.sha256_ = std::move(sha256);
  return token;
}

Result<std::string_view> BearerToken(std::string_view authorization) {
  if (authorization.empty()) return Refuse("this call needs a token");
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.size() <= kScheme.size() ||
      !EqualsIgnoringCase(authorization.substr(0, kScheme.size()), kScheme)) {
    return Refuse("the Authorization header holds no bearer token");
  }
  return TrimSpaces(authorization.substr(kScheme.size()));
}

bool AdminToken::Is(std::string_view token) const {
  const std::string digest = HashOf(HashKind::kSha256, token);
  return CRYPTO_memcmp(digest.data(), sha256_.data(), sha256_.size()) == 0;
}

Result<access::Caller> AdminToken::Authenticate(std::string_view authorization) const {
  ASSIGN_OR_RETURN(const std::string_view token, BearerToken(authorization));
  if (!Is(token)) return Refuse("the token is not valid");
  access::Caller caller;
  caller.name = "admin";
  caller.is_installation = true;
  return caller;
}

Result<access::Caller> AdminToken::Authenticate(const Request& head) const {
  return Authenticate(head.headers.Find("Authorization").value_or(""));
}

Result<std::string> EnsureAdminToken(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) {
    const std::string token = RandomHex(32);
    RETURN_IF_ERROR(WriteTextFile(path, token + "\n", FileMode::kPrivate));
    return token;
  }
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path, 4096));
  std::string token(WithoutLineEnd(text));
  if (token.size() < kShortestToken) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} holds no token of at least {} characters", path.string(), kShortestToken),
        "delete the file: the next start makes a new token");
  }
  return token;
}

}  // namespace reprise::api
