#include "api/response_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "api/http_text.hpp"

namespace reprise::api {
namespace {

ByteCount LengthOf(const Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return text->size();
  if (const auto* range = std::get_if<RangeBody>(&response.body)) return range->length;
  return 0;
}

// Only what is the same for everybody does: the files of the web page.
bool SaysHowToCache(const Response& response) {
  return std::any_of(response.headers.begin(), response.headers.end(), [](const auto& field) {
    return EqualsIgnoringCase(field.first, "Cache-Control");
  });
}

}  // namespace

Framing FramingOf(const Request& request, const Response& response) {
  if (response.status == 204 || response.status == 304) return Framing::kNone;
  if (!std::holds_alternative<LiveBody>(response.body)) return Framing::kLength;
  return request.version >= 11 ? Framing::kChunked : Framing::kUntilClose;
}

std::string HeadText(const Request& request, const Response& response, Framing framing, bool keep) {
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                 ReasonPhrase(response.status), HttpDate(SystemClock().Now()));
  for (const auto& [name, value] : response.headers) {
    fmt::format_to(out, "{}: {}\r\n", name, HeaderValue(value));
  }
  fmt::format_to(out, "X-Request-Id: {}\r\nX-Content-Type-Options: nosniff\r\n",
                 request.request_id);
  if (!SaysHowToCache(response)) text += "Cache-Control: no-store\r\n";
  if (framing == Framing::kLength) {
    fmt::format_to(out, "Content-Length: {}\r\n", LengthOf(response));
  }
  if (framing == Framing::kChunked) text += "Transfer-Encoding: chunked\r\n";
  if (!keep) {
    text += "Connection: close\r\n";
  } else if (request.version < 11) {
    text += "Connection: keep-alive\r\n";
  }
  return text += "\r\n";
}

std::string ChunkText(std::string_view data) {
  if (data.empty()) return "0\r\n\r\n";
  return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

}  // namespace reprise::api
