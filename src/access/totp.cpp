#include "access/totp.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>

#include "base/hash.hpp"
#include "base/id.hpp"

namespace reprise::access {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kSecretBytes = 20;
constexpr std::int64_t kStepSeconds = 30;
constexpr int kRecoveryCodes = 10;

std::string ToBase32(const unsigned char* bytes, std::size_t count) {
  std::string text;
  unsigned buffer = 0;
  int bits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    buffer = (buffer << 8U) | bytes[i];
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text.push_back(kBase32[(buffer >> static_cast<unsigned>(bits)) & 31U]);
    }
  }
  if (bits > 0) text.push_back(kBase32[(buffer << static_cast<unsigned>(5 - bits)) & 31U]);
  return text;
}

std::string FromBase32(std::string_view text) {
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t digit = kBase32.find(c);
    if (digit == std::string_view::npos) continue;
    buffer = (buffer << 5U) | static_cast<unsigned>(digit);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>((buffer >> static_cast<unsigned>(bits)) & 0xFFU));
  }
  return bytes;
}

std::string EscapeUri(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      escaped.push_back(c);
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

}  // namespace

std::string NewTotpSecret() {
  if (sodium_init() < 0) std::abort();
  std::array<unsigned char, kSecretBytes> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return ToBase32(bytes.data(), bytes.size());
}

std::string TotpUri(std::string_view secret, std::string_view email) {
  return fmt::format("otpauth://totp/Reprise:{}?secret={}&issuer=Reprise", EscapeUri(email),
                     secret);
}

std::int64_t TotpStep(Instant when) { return ToMicros(when) / 1'000'000 / kStepSeconds; }

std::string TotpCode(std::string_view secret, std::int64_t step) {
  const std::string key = FromBase32(secret);
  std::array<unsigned char, 8> counter{};
  auto rest = static_cast<std::uint64_t>(step);
  for (std::size_t i = counter.size(); i-- > 0;) {
    counter.at(i) = static_cast<unsigned char>(rest & 0xFFU);
    rest >>= 8U;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int length = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), counter.data(), counter.size(),
       mac.data(), &length);
  const std::size_t at = mac.at(length - 1) & 0x0FU;
  const std::uint32_t number = (std::uint32_t{mac.at(at)} & 0x7FU) << 24U |
                               std::uint32_t{mac.at(at + 1)} << 16U |
                               std::uint32_t{mac.at(at + 2)} << 8U | std::uint32_t{mac.at(at + 3)};
  return fmt::format("{:06}", number % 1'000'000);
}

std::optional<std::int64_t> MatchTotp(std::string_view secret, std::string_view code, Instant now,
                                      std::int64_t last_step) {
  const std::int64_t current = TotpStep(now);
  std::optional<std::int64_t> match;
  for (std::int64_t step = current - 1; step <= current + 1; ++step) {
    const std::string wanted = TotpCode(secret, step);
    const bool same =
        code.size() == wanted.size() && CRYPTO_memcmp(code.data(), wanted.data(), code.size()) == 0;
    if (same && step > last_step) match = step;
  }
  return match;
}

std::vector<std::string> NewRecoveryCodes() {
  std::vector<std::string> codes;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    const std::string hex = RandomHex(8);
    codes.push_back(fmt::format("{}-{}-{}-{}", hex.substr(0, 4), hex.substr(4, 4), hex.substr(8, 4),
                                hex.substr(12, 4)));
  }
  return codes;
}

std::string RecoveryHash(std::string_view code) {
  std::string plain;
  for (const char c : code) {
    if (c != '-' && c != ' ') plain.push_back(c);
  }
  return HashOf(HashKind::kSha256, "recovery:" + plain);
}

}  // namespace reprise::access
