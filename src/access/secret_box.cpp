#include "access/secret_box.hpp"

#include <sodium.h>

#include "base/hex.hpp"

namespace reprise::access {
namespace {

constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

}  // namespace

SecretBox::SecretBox(std::string_view key) {
  if (sodium_init() < 0) std::abort();
  key_ = FromHex(key);
  key_.resize(kKeyBytes, '\0');
}

Result<SecretBox> SecretBox::FromFile(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(
      const std::string key,
      KeyInFile(path, kKeyBytes,
                "put back the file that was there: second factors cannot be read without it"));
  return SecretBox(key);
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
