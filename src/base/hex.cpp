#include "base/hex.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <system_error>

#include "base/file.hpp"
#include "base/id.hpp"

namespace reprise {

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

std::string FromHex(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  std::size_t length = 0;
  const bool read = sodium_hex2bin(Bytes(bytes), bytes.size(), hex.data(), hex.size(), nullptr,
                                   &length, nullptr) == 0;
  bytes.resize(read && length * 2 == hex.size() ? length : 0);
  return bytes;
}

namespace {

std::string Encode(std::string_view bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), Bytes(bytes), bytes.size(), variant);
  text.pop_back();
  return text;
}

}  // namespace

std::string ToBase64(std::string_view bytes) {
  return Encode(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::string ToBase64Url(std::string_view bytes) {
  return Encode(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

Result<std::string> FromBase64Url(std::string_view text) {
  std::string bytes(text.size() * 3 / 4 + 1, '\0');
  std::size_t length = 0;
  if (sodium_base642bin(Bytes(bytes), bytes.size(), text.data(), text.size(), nullptr, &length,
                        nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
    return Fail(ErrorCode::kMalformedRequest, "is not written in base64url");
  }
  bytes.resize(length);
  return bytes;
}

Result<std::string> ReadKeyFile(const std::filesystem::path& path, std::size_t bytes,
                                std::string hint) {
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path, 4096));
  const std::string key = text.substr(0, text.find_first_of("\r\n"));
  if (FromHex(key).size() == bytes) return key;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} holds no key of {} hex digits", path.string(), bytes * 2),
              std::move(hint));
}

Result<std::string> KeyInFile(const std::filesystem::path& path, std::size_t bytes,
                              std::string hint) {
  std::error_code error;
  if (std::filesystem::exists(path, error) || error) {
    return ReadKeyFile(path, bytes, std::move(hint));
  }
  const std::string key = RandomHex(bytes);
  RETURN_IF_ERROR(WriteTextFile(path, key + "\n", FileMode::kPrivate));
  return key;
}

}  // namespace reprise
