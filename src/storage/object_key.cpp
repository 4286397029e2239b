#include "storage/object_key.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reprise::storage {
namespace {

constexpr std::size_t kMostKeyBytes = 1024;  // S3's limit
constexpr std::size_t kMostSegmentBytes =
    200;  // a file name's limit is 255; temporary names are longer

bool IsKeyCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

tl::unexpected<Error> BadKey(std::string_view key, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the storage key \"{}\" {}", key.substr(0, kMostSegmentBytes), why));
}

Status CheckSegment(std::string_view key, std::string_view segment) {
  if (segment.empty()) return BadKey(key, "has an empty part between slashes");
  if (segment == "." || segment == "..") return BadKey(key, R"(has "." or ".." as a part)");
  if (segment.size() > kMostSegmentBytes) return BadKey(key, "has too long a part");
  if (!std::all_of(segment.begin(), segment.end(), IsKeyCharacter)) {
    return BadKey(key, R"(has characters other than letters, digits, ".", "_" and "-")");
  }
  return {};
}

}  // namespace

Status CheckKey(std::string_view key) {
  if (key.size() > kMostKeyBytes) return BadKey(key, "is too long");
  std::string_view rest = key;
  while (true) {
    const std::size_t slash = rest.find('/');
    RETURN_IF_ERROR(CheckSegment(key, rest.substr(0, slash)));
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Status CheckPrefix(std::string_view prefix) {
  // "a/b" and "a/" are the beginnings of keys if "a/bx" and "a/x" are keys.
  return CheckKey(std::string(prefix) + "x");
}

}  // namespace reprise::storage
