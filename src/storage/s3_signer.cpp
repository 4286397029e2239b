#include "storage/s3_signer.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/hash.hpp"

namespace reprise::storage {
namespace {

std::string Hmac(std::string_view key, std::string_view text) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(out.data()), &length);
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  out.resize(length);
  return out;
}

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

// "20130524T000000Z"
std::string StampOf(Instant now) {
  std::string text = FormatInstant(std::chrono::floor<std::chrono::seconds>(now));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string EncodePath(std::string_view path) {
  std::string encoded;
  while (true) {
    const std::size_t slash = path.find('/');
    encoded += UriEncode(path.substr(0, slash));
    if (slash == std::string_view::npos) return encoded;
    encoded += '/';
    path.remove_prefix(slash + 1);
  }
}

std::string CanonicalQuery(const NameValues& query) {
  NameValues encoded;
  for (const auto& [name, value] : query) encoded.emplace_back(UriEncode(name), UriEncode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    fmt::format_to(std::back_inserter(text), "{}={}", name, value);
  }
  return text;
}

std::string SignedNames(const NameValues& headers) {
  std::string names;
  for (const auto& [name, value] : headers) names.append(names.empty() ? "" : ";").append(name);
  return names;
}

std::string CanonicalRequest(const S3Request& request, const NameValues& headers,
                             std::string_view payload) {
  std::string lines;
  for (const auto& [name, value] : headers) {
    fmt::format_to(std::back_inserter(lines), "{}:{}\n", name, value);
  }
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, EncodePath(request.path),
                     CanonicalQuery(request.query), lines, SignedNames(headers), payload);
}

}  // namespace

std::string UriEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string S3Signer::Scope(const std::string& stamp) const {
  return fmt::format("{}/{}/s3/aws4_request", stamp.substr(0, 8), region_);
}

std::string S3Signer::Signature(const std::string& canonical, const std::string& stamp) const {
  std::string key = Hmac("AWS4" + credentials_.secret_access_key, stamp.substr(0, 8));
  for (const std::string_view part :
       {std::string_view(region_), std::string_view("s3"), std::string_view("aws4_request")}) {
    key = Hmac(key, part);
  }
  return Hex(Hmac(key, fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", stamp, Scope(stamp),
                                   HashOf(HashKind::kSha256, canonical))));
}

SignedS3Request S3Signer::Sign(S3Request request, Instant now) const {
  const std::string stamp = StampOf(now);
  NameValues headers = std::move(request.headers);
  headers.emplace_back("host", request.host);
  headers.emplace_back("x-amz-content-sha256", request.payload_sha256);
  headers.emplace_back("x-amz-date", stamp);
  if (!credentials_.session_token.empty()) {
    headers.emplace_back("x-amz-security-token", credentials_.session_token);
  }
  std::sort(headers.begin(), headers.end());
  const std::string signature =
      Signature(CanonicalRequest(request, headers, request.payload_sha256), stamp);
  SignedS3Request signed_request;
  const std::string query = CanonicalQuery(request.query);
  signed_request.target = EncodePath(request.path) + (query.empty() ? "" : "?" + query);
  for (const auto& [name, value] : headers) {
    signed_request.headers.push_back(fmt::format("{}: {}", name, value));
  }
  signed_request.headers.push_back(fmt::format(
      "authorization: AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
      credentials_.access_key_id, Scope(stamp), SignedNames(headers), signature));
  return signed_request;
}

std::string S3Signer::Presign(S3Request request, Instant now, std::chrono::seconds valid) const {
  const std::string stamp = StampOf(now);
  request.query.emplace_back("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
  request.query.emplace_back("X-Amz-Credential", credentials_.access_key_id + "/" + Scope(stamp));
  request.query.emplace_back("X-Amz-Date", stamp);
  request.query.emplace_back("X-Amz-Expires", std::to_string(valid.count()));
  request.query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!credentials_.session_token.empty()) {
    request.query.emplace_back("X-Amz-Security-Token", credentials_.session_token);
  }
  const std::string canonical =
      CanonicalRequest(request, {{"host", request.host}}, "UNSIGNED-PAYLOAD");
  return fmt::format("{}?{}&X-Amz-Signature={}", EncodePath(request.path),
                     CanonicalQuery(request.query), Signature(canonical, stamp));
}

}  // namespace reprise::storage
