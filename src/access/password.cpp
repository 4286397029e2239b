#include "access/password.hpp"

#include <sodium.h>

#include <array>

#include "base/id.hpp"

namespace reprise::access {
namespace {

constexpr std::size_t kShortest = 10;
constexpr std::size_t kLongest = 200;

}  // namespace

PasswordHasher::PasswordHasher(PasswordCost cost) : cost_(cost) {
  if (sodium_init() < 0) std::abort();  // no randomness: nothing safe can follow
  if (auto hash = Hash(RandomHex(16))) nobody_ = *std::move(hash);
}

Result<std::string> PasswordHasher::Hash(std::string_view password) const {
  const std::scoped_lock lock(mutex_);
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), cost_.operations,
                            cost_.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) == 0) {
    return std::string(hash.data());
  }
  return Fail(ErrorCode::kInternal, "there is no memory to hash a password",
              "free memory on this machine, then try again");
}

bool PasswordHasher::Matches(std::string_view hash, std::string_view password) const {
  const std::scoped_lock lock(mutex_);
  const std::string text(hash.empty() ? std::string_view(nobody_) : hash);
  const bool same = crypto_pwhash_str_verify(text.c_str(), password.data(), password.size()) == 0;
  return same && !hash.empty();
}

Status CheckPassword(std::string_view password, std::string_view email) {
  Error error{ErrorCode::kInvalidArgument, {}};
  error.field = "/new_password";
  if (password.size() < kShortest || password.size() > kLongest) {
    error.message = "the password must have 10 to 200 bytes";
  } else if (password == email) {
    error.message = "the password must not be the e-mail address";
  } else {
    return {};
  }
  return Fail(std::move(error));
}

std::string NewOneTimePassword() {
  if (sodium_init() < 0) std::abort();
  constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text.push_back(kLetters[randombytes_uniform(static_cast<std::uint32_t>(kLetters.size()))]);
  }
  return text;
}

}  // namespace reprise::access
