#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http_message.hpp"

namespace reprise::api {

struct ByteRange {
  ByteCount offset = 0;
  ByteCount length = 0;
};

enum class RangeKind { kWhole, kPart, kUnsatisfiable };
struct RangeChoice {
  RangeKind kind = RangeKind::kWhole;
  ByteRange range;
};
// What a Range header asks of `size` bytes. Unknown units, broken headers and several ranges at
// once are answered with the whole, as RFC 9110 allows.
[[nodiscard]] RangeChoice ChooseRange(std::string_view header, ByteCount size);

struct FileDownload {
  std::shared_ptr<RandomReader> source;
  std::string filename;
  std::string content_type;
  std::string etag;  // without quotes; empty: none
};
// 200, 206, 304 or 416, as Range, If-Range and If-None-Match of the request ask.
[[nodiscard]] Response FileResponse(const Request& request, FileDownload file);

}  // namespace reprise::api
