#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace reprise::storage {

struct S3Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: not a temporary key
};

using NameValues = std::vector<std::pair<std::string, std::string>>;

// One request as it is signed. Nothing in it is percent-encoded yet.
struct S3Request {
  std::string method;
  std::string host;  // with the port, when it is not the scheme's own
  std::string path = "/";
  NameValues query;
  NameValues headers;          // besides host and x-amz-…; names in lower case
  std::string payload_sha256;  // hex
};

// What goes over the wire.
struct SignedS3Request {
  std::string target;                // "/path?query", encoded
  std::vector<std::string> headers;  // "name: value"
};

// AWS Signature Version 4 for S3. libcurl 7.88's own signs the URL as it was given, which is wrong
// for unsorted or unencoded queries and for bodies that it has not seen.
class S3Signer {
 public:
  S3Signer(S3Credentials credentials, std::string region)
      : credentials_(std::move(credentials)), region_(std::move(region)) {}

  [[nodiscard]] SignedS3Request Sign(S3Request request, Instant now) const;
  // A target that anybody may fetch until `seconds` from `now` have passed.
  [[nodiscard]] std::string Presign(S3Request request, Instant now,
                                    std::chrono::seconds valid) const;

 private:
  [[nodiscard]] std::string Signature(const std::string& canonical, const std::string& stamp) const;
  [[nodiscard]] std::string Scope(const std::string& stamp) const;

  S3Credentials credentials_;
  std::string region_;
};

inline constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Percent-encodes all but letters, digits and "-._~".
[[nodiscard]] std::string UriEncode(std::string_view text);

}  // namespace reprise::storage
