#include "api/page.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reprise::api {
namespace {

constexpr std::string_view kAssets = "/assets/";
constexpr std::string_view kPage = "/index.html";

// Nothing inline, nothing from another host, in nobody's frame.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

const PageFile* Find(std::span<const PageFile> files, std::string_view path) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const PageFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

bool TakesGzip(const Request& request) {
  const std::string_view accepted = request.headers.Find("Accept-Encoding").value_or("");
  const std::size_t at = accepted.find("gzip");
  return at != std::string_view::npos && !accepted.substr(at).starts_with("gzip;q=0");
}

}  // namespace

Result<Response> PageResponse(std::span<const PageFile> files, const Request& request) {
  const std::string_view path = request.path;
  const PageFile* file = Find(files, path);
  const bool asset = path.starts_with(kAssets);
  if (file == nullptr && asset) {
    return Fail(ErrorCode::kNotFound, fmt::format("the web page has no file {}", path),
                "the server was updated: load the page anew");
  }
  if (file == nullptr) file = Find(files, kPage);
  if (file == nullptr) return Fail(ErrorCode::kInternal, "the web page has no index.html");

  const bool packed = !file->gzip.empty() && TakesGzip(request);
  const std::string tag = fmt::format("\"{}{}\"", file->digest, packed ? "-gzip" : "");
  Response response;
  // The names of assets hold a hash of what is in them; the rest is asked about each time.
  response.headers = {{"Content-Type", std::string(file->type)},
                      {"Cache-Control", asset ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"ETag", tag},
                      {"Vary", "Accept-Encoding"},
                      {"Content-Security-Policy", std::string(kPolicy)},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Referrer-Policy", "no-referrer"}};
  if (request.headers.Find("If-None-Match").value_or("") == tag) {
    response.status = 304;
    return response;
  }
  if (packed) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = std::string(packed ? file->gzip : file->bytes);
  return response;
}

void ServePage(Router& router, std::span<const PageFile> files) {
  router.AnswerElsewhere(
      [files](const Context&, const Request& request) { return PageResponse(files, request); });
}

}  // namespace reprise::api
