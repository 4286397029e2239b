#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace reprise {

// Characters seen as the bytes that libsodium and OpenSSL take.
[[nodiscard]] const unsigned char* Bytes(std::string_view text);
[[nodiscard]] unsigned char* Bytes(std::string& text);

[[nodiscard]] std::string ToHex(std::string_view bytes);  // lower case
// "" for what is no hex from its first to its last character.
[[nodiscard]] std::string FromHex(std::string_view hex);

// RFC 4648, section 4: as a Basic Authorization has it.
[[nodiscard]] std::string ToBase64(std::string_view bytes);
// RFC 4648, section 5, without padding: as JWT and PKCE write it.
[[nodiscard]] std::string ToBase64Url(std::string_view bytes);
// kMalformedRequest for what is none.
[[nodiscard]] Result<std::string> FromBase64Url(std::string_view text);

// The key in `path`, as `bytes` * 2 hex digits; when there is no such file, a new one is made
// there, readable by its owner only. kInvalidArgument with `hint` for a file that holds none.
[[nodiscard]] Result<std::string> KeyInFile(const std::filesystem::path& path, std::size_t bytes,
                                            std::string hint);
// The same, for those who only look: never makes one. kNotFound when there is none.
[[nodiscard]] Result<std::string> ReadKeyFile(const std::filesystem::path& path, std::size_t bytes,
                                              std::string hint);

}  // namespace reprise
