#include "notify/webhook_signature.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>
#include <vector>

namespace reprise::notify {
namespace {

constexpr std::string_view kPrefix = "whsec_";

std::string Base64(const unsigned char* bytes, std::size_t size) {
  std::string text(sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes, size, sodium_base64_VARIANT_ORIGINAL);
  text.resize(text.size() - 1);
  return text;
}

}  // namespace

std::string NewWebhookSecret() {
  std::array<unsigned char, 24> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return std::string(kPrefix) + Base64(bytes.data(), bytes.size());
}

Result<std::string> SignWebhook(std::string_view secret, std::string_view id,
                                std::int64_t timestamp, std::string_view body) {
  std::vector<unsigned char> key(64);
  std::size_t size = 0;
  const std::string_view text = secret.substr(std::min(kPrefix.size(), secret.size()));
  if (!secret.starts_with(kPrefix) ||
      sodium_base642bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return Fail(ErrorCode::kInternal, "the webhook's secret is not one that we have made");
  }
  const std::string content = fmt::format("{}.{}.{}", id, timestamp, body);
  std::array<unsigned char, 32> digest{};
  unsigned int length = digest.size();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): characters seen as bytes
  const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
  HMAC(EVP_sha256(), key.data(), static_cast<int>(size), bytes, content.size(), digest.data(),
       &length);
  return "v1," + Base64(digest.data(), digest.size());
}

}  // namespace reprise::notify
