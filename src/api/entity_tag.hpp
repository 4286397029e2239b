#pragma once

#include <string>
#include <string_view>

#include "api/http_message.hpp"

// Entity tags (RFC 9110, 8.8.3 and 13.1): what stands for one state of a thing.
namespace reprise::api {

// The tag of an answer's bytes, in quotes: the same bytes have the same tag.
[[nodiscard]] std::string EntityTagOf(std::string_view body);

// Whether a list as in If-Match or If-None-Match names `tag`; "*" names all. A weak tag (W/"…")
// counts only for kWeak.
enum class TagComparison { kWeak, kStrong };
[[nodiscard]] bool NamesTag(std::string_view list, std::string_view tag, TagComparison comparison);

// Gives an answer that shows something its tag, or makes it a 304 where the client has it already.
void Tag(const Request& request, Response& response);

// Whether If-Match of `request` names the state that `shown` tells.
[[nodiscard]] bool MeetsIfMatch(const Request& request, const Response& shown);

}  // namespace reprise::api
