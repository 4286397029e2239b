#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace reprise::access {

// Seals what must be read again but not by whoever reads the catalog (XChaCha20-Poly1305,
// libsodium). `whose` is the row's id: a sealed text moved to another row does not open.
// Thread-safe.
class SecretBox {
 public:
  // `key` is 64 hex digits.
  explicit SecretBox(std::string_view key);
  // The key in `path`; at the first start a new one is made there, readable by its owner only.
  // Every process that serves the same catalog needs the same file.
  [[nodiscard]] static Result<SecretBox> FromFile(const std::filesystem::path& path);

  [[nodiscard]] std::string Seal(std::string_view text, std::string_view whose) const;  // hex
  [[nodiscard]] Result<std::string> Open(std::string_view sealed, std::string_view whose) const;

 private:
  std::string key_;  // bytes
};

}  // namespace reprise::access
