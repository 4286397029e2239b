#include "archive/filestore_path.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace reprise::archive {
namespace {

constexpr std::size_t kDigestHex = 40;
constexpr std::size_t kDirectoryHex = 2;
constexpr std::size_t kPathLength = kDirectoryHex + 1 + kDigestHex;
constexpr std::size_t kMostSegments = 5;  // filestore/<db>/checklist/ab/ab12…

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::uint8_t HexValue(char c) {
  return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

bool IsDirectoryName(std::string_view text) { return text.size() == kDirectoryHex && IsHex(text); }

bool IsSaneSegment(std::string_view segment) {
  return !segment.empty() && segment != "." && segment != ".." &&
         std::none_of(segment.begin(), segment.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\\'; });
}

// The segments of `name` after any "./"; empty for a name that cannot be accepted.
std::vector<std::string_view> Segments(std::string_view name) {
  while (name.starts_with("./")) name.remove_prefix(2);
  std::vector<std::string_view> segments;
  while (!name.empty()) {
    const std::size_t slash = name.find('/');
    const std::string_view segment = name.substr(0, slash);
    if (!IsSaneSegment(segment) || segments.size() == kMostSegments) return {};
    segments.push_back(segment);
    if (slash == std::string_view::npos) break;
    name.remove_prefix(slash + 1);
  }
  return segments;
}

std::string_view Spanning(std::string_view first, std::string_view last) {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

bool IsPrefix(const std::vector<std::string_view>& segments, std::size_t count) {
  return count < 2 || (count == 2 && segments[0] == "filestore");
}

FilestoreEntryName ParseFile(const std::vector<std::string_view>& segments) {
  const std::size_t count = segments.size();
  if (count < 2) return {};
  const std::string_view path = Spanning(segments[count - 2], segments[count - 1]);
  if (!IsFilestorePath(path)) return {};
  std::size_t before = count - 2;
  const bool marker = before > 0 && segments[before - 1] == "checklist";
  if (marker) --before;
  if (!IsPrefix(segments, before)) return {};
  FilestoreEntryName parsed;
  parsed.kind = marker ? FilestoreEntryKind::kMarker : FilestoreEntryKind::kFile;
  parsed.path = path;
  if (before > 0) parsed.prefix = Spanning(segments[0], segments[before - 1]);
  return parsed;
}

bool IsDirectory(std::vector<std::string_view> segments) {
  if (!segments.empty() && IsDirectoryName(segments.back())) segments.pop_back();
  if (!segments.empty() && segments.back() == "checklist") segments.pop_back();
  return IsPrefix(segments, segments.size());
}

}  // namespace

bool IsFilestorePath(std::string_view path) {
  return path.size() == kPathLength && path[kDirectoryHex] == '/' &&
         IsHex(path.substr(0, kDirectoryHex)) && IsHex(path.substr(kDirectoryHex + 1)) &&
         path.substr(0, kDirectoryHex) == path.substr(kDirectoryHex + 1, kDirectoryHex);
}

FilestoreEntryName ParseFilestoreEntryName(std::string_view name) {
  if (name == "." || name == "./") return {FilestoreEntryKind::kDirectory, {}, {}};
  const std::vector<std::string_view> segments = Segments(name);
  if (segments.empty()) return {};
  if (!name.ends_with('/')) {
    FilestoreEntryName file = ParseFile(segments);
    if (file.kind != FilestoreEntryKind::kForeign) return file;
  }
  FilestoreEntryName parsed;
  if (IsDirectory(segments)) parsed.kind = FilestoreEntryKind::kDirectory;
  return parsed;
}

std::size_t FilestorePathSet::Hash::operator()(const Digest& digest) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, digest.data(), sizeof(value));
  return value;
}

bool FilestorePathSet::Add(std::string_view path) {
  const std::string_view hex = path.substr(kDirectoryHex + 1);
  Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest.at(i) = static_cast<std::uint8_t>(HexValue(hex[2 * i]) << 4U | HexValue(hex[2 * i + 1]));
  }
  return seen_.insert(digest).second;
}

}  // namespace reprise::archive
