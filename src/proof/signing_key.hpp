#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace reprise::proof {

// The ed25519 key with which a node signs what it has proven. The private half never leaves its
// file. Thread-safe.
class SigningKey {
 public:
  // `seed` is 64 hex digits.
  explicit SigningKey(std::string_view seed);
  // The key in `path`; at the first start a new one is made there, readable by its owner only.
  [[nodiscard]] static Result<SigningKey> FromFile(const std::filesystem::path& path);

  [[nodiscard]] const std::string& public_key() const { return public_key_; }  // 64 hex digits
  [[nodiscard]] std::string Sign(std::string_view text) const;                 // 128 hex digits

 private:
  std::string secret_;  // bytes
  std::string public_key_;
};

// Whether `signature` is that of `text` by the owner of `public_key` (both in hex).
[[nodiscard]] bool IsSignedBy(std::string_view public_key, std::string_view text,
                              std::string_view signature);

}  // namespace reprise::proof
