#pragma once

#include <string_view>

// What the build makes out of openapi.yaml (contract/embed.py).
namespace reprise::api {

[[nodiscard]] std::string_view BuiltInOpenApi();  // as JSON
[[nodiscard]] std::string_view BuiltInDocs();     // the page at /docs
// The page's Content-Security-Policy: nothing but its own style and script, by their hashes.
[[nodiscard]] std::string_view BuiltInDocsPolicy();

}  // namespace reprise::api
