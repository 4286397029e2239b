#include "api/file_response.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/entity_tag.hpp"
#include "api/http_text.hpp"
#include "api/problem.hpp"

namespace reprise::api {
namespace {

std::optional<ByteCount> ParseCount(std::string_view text) {
  ByteCount count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return count;
}

}  // namespace

RangeChoice ChooseRange(std::string_view header, ByteCount size) {
  constexpr std::string_view kUnit = "bytes=";
  if (header.size() < kUnit.size() || !EqualsIgnoringCase(header.substr(0, kUnit.size()), kUnit)) {
    return {};
  }
  const std::string_view spec = TrimSpaces(header.substr(kUnit.size()));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return {};
  const std::string_view first_text = spec.substr(0, dash);
  const std::string_view last_text = spec.substr(dash + 1);

  if (first_text.empty()) {
    const std::optional<ByteCount> suffix = ParseCount(last_text);
    if (!suffix) return {};
    if (*suffix == 0 || size == 0) return {RangeKind::kUnsatisfiable, {}};
    const ByteCount length = std::min(*suffix, size);
    return {RangeKind::kPart, {size - length, length}};
  }
  const std::optional<ByteCount> first = ParseCount(first_text);
  if (!first) return {};
  std::optional<ByteCount> last;
  if (!last_text.empty()) {
    last = ParseCount(last_text);
    if (!last || *last < *first) return {};
  }
  if (*first >= size) return {RangeKind::kUnsatisfiable, {}};
  const ByteCount end = last ? std::min(*last, size - 1) : size - 1;
  return {RangeKind::kPart, {*first, end - *first + 1}};
}

Response FileResponse(const Request& request, FileDownload file) {
  const ByteCount size = file.source->size();
  Response response;
  response.headers = {{"Content-Type", file.content_type},
                      {"Accept-Ranges", "bytes"},
                      {"Content-Disposition", AttachmentDisposition(file.filename)}};
  const std::string quoted = fmt::format("\"{}\"", file.etag);
  if (!file.etag.empty()) {
    response.headers.emplace_back("ETag", quoted);
    const auto known = request.headers.Find("If-None-Match");
    if (known && NamesTag(*known, quoted, TagComparison::kWeak)) {
      response.status = 304;
      return response;
    }
  }

  RangeChoice choice;
  if (const auto header = request.headers.Find("Range")) choice = ChooseRange(*header, size);
  if (const auto only_if = request.headers.Find("If-Range")) {
    if (file.etag.empty() || TrimSpaces(*only_if) != quoted) choice = {};
  }
  if (choice.kind == RangeKind::kUnsatisfiable) {
    Response refusal = ProblemResponse(
        HttpFault{HttpCode::kRangeNotSatisfiable, fmt::format("the file has {} bytes", size)},
        request.request_id);
    refusal.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
    return refusal;
  }
  ByteRange range{0, size};
  if (choice.kind == RangeKind::kPart) {
    range = choice.range;
    response.status = 206;
    response.headers.emplace_back(
        "Content-Range",
        fmt::format("bytes {}-{}/{}", range.offset, range.offset + range.length - 1, size));
  }
  response.body = RangeBody{std::move(file.source), range.offset, range.length};
  return response;
}

}  // namespace reprise::api
