#pragma once

#include <string>

#include "api/http_message.hpp"

namespace reprise::api {

enum class Framing { kLength, kChunked, kUntilClose, kNone };

// How the body of an answer is delimited.
[[nodiscard]] Framing FramingOf(const Request& request, const Response& response);
// The status line and headers, with the empty line.
[[nodiscard]] std::string HeadText(const Request& request, const Response& response,
                                   Framing framing, bool keep);
// One chunk of a chunked body; an empty `data` gives the last one.
[[nodiscard]] std::string ChunkText(std::string_view data);

}  // namespace reprise::api
