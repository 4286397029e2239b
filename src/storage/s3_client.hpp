#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "storage/http_client.hpp"
#include "storage/retry.hpp"
#include "storage/s3_signer.hpp"

namespace reprise::storage {

// One bucket of a provider that speaks S3.
struct S3Settings {
  std::string endpoint;  // "https://s3.eu-central-1.amazonaws.com", without a path
  std::string region = "us-east-1";
  std::string bucket;
  std::string prefix;       // of all keys, without "/" at its ends; may be empty
  bool path_style = false;  // https://endpoint/bucket/key, not https://bucket.endpoint/key
  std::string encryption;   // "", "AES256" or "aws:kms": asked of the provider for each object
  std::string kms_key_id;
  std::string ca_pem;  // certificates to trust besides the system's
  // Multipart uploads: the size of the first parts, and whether all must be of that size (R2).
  ByteCount part_bytes = ByteCount{16} << 20;
  bool equal_parts = false;
  RetryPolicy retry;
  std::chrono::seconds silence{60};  // of the provider, until a connection is given up
};

struct S3Call {
  std::string method;
  std::string key;  // of the store; empty: the bucket itself
  NameValues query = {};
  NameValues headers = {};
  ConstByteSpan body = {};
  ByteSpan sink = {};
};

// Signed requests to one bucket. Thread-safe.
class S3Client {
 public:
  S3Client(S3Settings settings, S3Credentials credentials, const Clock& clock,
           PrivateEndpoints private_endpoints);

  // An answer of the 200s. What may be better next time is tried again, with pauses. kNotFound for
  // a key that is not there, kConflict for a condition that does not hold (412), kNoSpace for a
  // full provider, else kStorageFailed with the provider's own words.
  [[nodiscard]] Result<HttpResponse> Call(const Context& ctx, const S3Call& call);
  [[nodiscard]] std::string Presign(std::string_view key, std::chrono::seconds valid,
                                    const NameValues& query) const;

  [[nodiscard]] const S3Settings& settings() const { return settings_; }
  [[nodiscard]] std::string PhysicalKey(std::string_view key) const;

 private:
  [[nodiscard]] S3Request RequestOf(const S3Call& call) const;
  // The failure that `response` tells; whether it is worth another try.
  [[nodiscard]] static Error ErrorOf(const S3Call& call, const HttpResponse& response);
  [[nodiscard]] static bool IsWorthATry(const HttpResponse& response);

  const S3Settings settings_;
  const S3Signer signer_;
  const Clock& clock_;
  std::string scheme_;
  std::string host_;
  HttpClient http_;
};

}  // namespace reprise::storage
