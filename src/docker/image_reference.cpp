#include "docker/image_reference.hpp"

#include <algorithm>

namespace reprise::docker {
namespace {

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._-/:@+").find(c) != std::string_view::npos;
}

bool HasEmptyOrDottedPart(std::string_view name) {
  std::size_t start = 0;
  while (start <= name.size()) {
    const std::size_t end = std::min(name.find('/', start), name.size());
    const std::string_view part = name.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

std::optional<ImageReference> ParseImageReference(std::string_view text) {
  if (!std::ranges::all_of(text, IsNameCharacter) || HasEmptyOrDottedPart(text)) {
    return std::nullopt;
  }
  std::string_view name = text;
  std::string_view digest;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    name = text.substr(0, at);
    digest = text.substr(at + 1);
    if (digest.find(':') == std::string_view::npos || digest.find('/') != std::string_view::npos) {
      return std::nullopt;
    }
  }
  std::string_view tag = "latest";
  const std::size_t slash = name.rfind('/');
  const std::size_t colon = name.rfind(':');
  const bool has_tag =
      colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  if (has_tag) {
    tag = name.substr(colon + 1);
    name = name.substr(0, colon);
  }
  if (name.empty() || tag.empty()) return std::nullopt;
  return ImageReference{std::string(name), std::string(digest.empty() ? tag : digest)};
}

}  // namespace reprise::docker
