#include "api/entity_tag.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/http_text.hpp"
#include "base/hash.hpp"

namespace reprise::api {

std::string EntityTagOf(std::string_view body) {
  constexpr std::size_t kDigits = 32;
  return fmt::format("\"{}\"", HashOf(HashKind::kSha256, body).substr(0, kDigits));
}

bool NamesTag(std::string_view list, std::string_view tag, TagComparison comparison) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view one = TrimSpaces(list.substr(0, comma));
    if (comparison == TagComparison::kWeak && one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag || one == "*") return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

void Tag(const Request& request, Response& response) {
  const auto* text = std::get_if<std::string>(&response.body);
  if (text == nullptr || response.status != 200) return;
  const std::string tag = EntityTagOf(*text);
  response.headers.emplace_back("ETag", tag);
  const auto known = request.headers.Find("If-None-Match");
  if (!known || !NamesTag(*known, tag, TagComparison::kWeak)) return;
  response.status = 304;
  response.body = std::string();
}

bool MeetsIfMatch(const Request& request, const Response& shown) {
  const auto* text = std::get_if<std::string>(&shown.body);
  const auto wanted = request.headers.Find("If-Match");
  return text != nullptr && shown.status == 200 && wanted &&
         NamesTag(*wanted, EntityTagOf(*text), TagComparison::kStrong);
}

}  // namespace reprise::api
