#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace reprise::access {

// What one guess costs: argon2id over 32 MiB, three times (OWASP asks for 19 MiB, twice).
struct PasswordCost {
  unsigned long long operations = 3;
  std::size_t memory_bytes = std::size_t{32} << 20U;
};

// Hashes passwords (argon2id, libsodium). One at a time, so that a storm of sign-ins cannot take
// the memory of the server. Thread-safe; calls take tens of milliseconds.
class PasswordHasher {
 public:
  explicit PasswordHasher(PasswordCost cost = {});
  [[nodiscard]] Result<std::string> Hash(std::string_view password) const;
  // Takes as long for a hash that is none as for a wrong password.
  [[nodiscard]] bool Matches(std::string_view hash, std::string_view password) const;

 private:
  PasswordCost cost_;
  std::string nobody_;  // the hash of a password that nobody knows
  mutable std::mutex mutex_;
};

// kInvalidArgument unless it has 10 to 200 bytes and is not the e-mail address itself.
[[nodiscard]] Status CheckPassword(std::string_view password, std::string_view email);
// 20 letters and digits for one use, without those that look alike.
[[nodiscard]] std::string NewOneTimePassword();

}  // namespace reprise::access
