#pragma once

#include <span>
#include <string_view>

#include "api/router.hpp"

namespace reprise::api {

// One file of the web page, as the build has put it into the program (page/embed.py).
struct PageFile {
  std::string_view path;    // "/assets/app-4f2a.js"
  std::string_view type;    // for Content-Type
  std::string_view digest;  // of the bytes
  std::string_view bytes;
  std::string_view gzip;  // the same, compressed; empty where that is no smaller
};

[[nodiscard]] std::span<const PageFile> BuiltInPage();

// What a browser gets at `request.path`: that file, or the page itself, which knows its own places
// ("/environments/…"). kNotFound for a file under /assets that this build does not have.
[[nodiscard]] Result<Response> PageResponse(std::span<const PageFile> files,
                                            const Request& request);

// Serves the page at every path that is no route's and not the API's.
void ServePage(Router& router, std::span<const PageFile> files);

}  // namespace reprise::api
