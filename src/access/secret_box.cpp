#include "access/secret_box.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <system_error>

#include "base/file.hpp"
#include "base/id.hpp"

namespace reprise::access {
namespace {

constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

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
  bytes.resize(read ? length : 0);
  return bytes;
}

}  // namespace

SecretBox::SecretBox(std::string_view key) {
  if (sodium_init() < 0) std::abort();
  key_ = FromHex(key);
  key_.resize(kKeyBytes, '\0');
}

Result<SecretBox> SecretBox::FromFile(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) {
    const std::string key = RandomHex(kKeyBytes);
    RETURN_IF_ERROR(WriteTextFile(path, key + "\n", FileMode::kPrivate));
    return SecretBox(key);
  }
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path, 4096));
  const std::string key = text.substr(0, text.find_first_of("\r\n"));
  if (FromHex(key).size() == kKeyBytes) return SecretBox(key);
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} holds no key of {} hex digits", path.string(), kKeyBytes * 2),
              "put back the file that was there: second factors cannot be read without it");
}

std::string SecretBox::Seal(std::string_view text, std::string_view whose) const {
  std::string nonce(kNonceBytes, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  std::string sealed(text.size() + kTagBytes, '\0');
  unsigned long long length = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(sealed), &length, Bytes(text), text.size(),
                                             Bytes(whose), whose.size(), nullptr, Bytes(nonce),
                                             Bytes(key_));
  return ToHex(nonce + sealed);
}

Result<std::string> SecretBox::Open(std::string_view sealed, std::string_view whose) const {
  const std::string bytes = FromHex(sealed);
  if (bytes.size() >= kNonceBytes + kTagBytes) {
    const std::string_view body = std::string_view(bytes).substr(kNonceBytes);
    std::string text(body.size() - kTagBytes, '\0');
    unsigned long long length = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(text), &length, nullptr, Bytes(body),
                                                   body.size(), Bytes(whose), whose.size(),
                                                   Bytes(bytes), Bytes(key_)) == 0) {
      return text;
    }
  }
  return Fail(ErrorCode::kInternal, "a sealed secret does not open with this installation's key",
              "put back the file secret.key that the data directory had when it was sealed");
}

}  // namespace reprise::access
