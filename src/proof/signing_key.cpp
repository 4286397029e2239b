#include "proof/signing_key.hpp"

#include <sodium.h>

#include "base/hex.hpp"

namespace reprise::proof {

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
  ASSIGN_OR_RETURN(
      const std::string seed,
      KeyInFile(path, crypto_sign_SEEDBYTES,
                "put back the file that was there, or remove it: a new key is made then, and "
                "proofs of the old one are verified with the old public key"));
  return SigningKey(seed);
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
