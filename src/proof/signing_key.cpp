#include "proof/signing_key.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include "base/file.hpp"
#include "base/id.hpp"

namespace reprise::proof {
namespace {

// NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters
const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
// NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)

std::string ToHex(std::string_view bytes) {
  std::string hex(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), Bytes(bytes), bytes.size());
  hex.pop_back();
  return hex;
}

// "" for what is no hex.
std::string FromHex(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  std::size_t length = 0;
  const bool read = sodium_hex2bin(Bytes(bytes), bytes.size(), hex.data(), hex.size(), nullptr,
                                   &length, nullptr) == 0;
  bytes.resize(read && length * 2 == hex.size() ? length : 0);
  return bytes;
}

}  // namespace

SigningKey::SigningKey(std::string_view seed) {
  if (sodium_init() < 0) std::abort();
  std::string bytes = FromHex(seed);
  bytes.resize(crypto_sign_SEEDBYTES, '\0');
  std::string open(crypto_sign_PUBLICKEYBYTES, '\0');
  secret_.resize(crypto_sign_SECRETKEYBYTES);
  crypto_sign_seed_keypair(Bytes(open), Bytes(secret_), Bytes(bytes));
  public_key_ = ToHex(open);
}

Result<SigningKey> SigningKey::FromFile(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) {
    const std::string seed = RandomHex(crypto_sign_SEEDBYTES);
    RETURN_IF_ERROR(WriteTextFile(path, seed + "\n", FileMode::kPrivate));
    return SigningKey(seed);
  }
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path, 4096));
  const std::string seed = text.substr(0, text.find_first_of("\r\n"));
  if (FromHex(seed).size() == crypto_sign_SEEDBYTES) return SigningKey(seed);
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("{} holds no key of {} hex digits", path.string(), crypto_sign_SEEDBYTES * 2),
      "put back the file that was there, or remove it: a new key is made then, and proofs "
      "of the old one are verified with the old public key");
}

std::string SigningKey::Sign(std::string_view text) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(Bytes(signature), nullptr, Bytes(text), text.size(), Bytes(secret_));
  return ToHex(signature);
}

bool IsSignedBy(std::string_view public_key, std::string_view text, std::string_view signature) {
  if (sodium_init() < 0) std::abort();
  const std::string key = FromHex(public_key);
  const std::string bytes = FromHex(signature);
  return key.size() == crypto_sign_PUBLICKEYBYTES && bytes.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(Bytes(bytes), Bytes(text), text.size(), Bytes(key)) == 0;
}

}  // namespace reprise::proof
