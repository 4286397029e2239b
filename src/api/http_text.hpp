#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http_message.hpp"
#include "base/clock.hpp"

// The small grammars of HTTP: pure functions, no I/O.
namespace reprise::api {

[[nodiscard]] bool EqualsIgnoringCase(std::string_view a, std::string_view b);
[[nodiscard]] std::string_view TrimSpaces(std::string_view text);

// Decodes %41; nullopt for a broken escape or a NUL. PlusIsSpace as in queries.
enum class PlusSign { kLiteral, kSpace };
[[nodiscard]] std::optional<std::string> PercentDecode(std::string_view text, PlusSign plus);
// Encodes all but unreserved characters (RFC 3986).
[[nodiscard]] std::string PercentEncode(std::string_view text);
// "a=1&b=x%20y"; nullopt for a broken escape.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> ParseQuery(
    std::string_view text);

// A request target in origin form ("/path?query") or absolute form, split; nullopt otherwise.
struct Target {
  std::string path;
  std::string query;
};
[[nodiscard]] std::optional<Target> SplitTarget(std::string_view target);

[[nodiscard]] std::string_view ReasonPhrase(int status);
// "Wed, 11 Dec 2024 11:00:00 GMT"
[[nodiscard]] std::string HttpDate(Instant when);
// A value that may stand in a header: control characters are dropped.
[[nodiscard]] std::string HeaderValue(std::string_view text);
// `attachment; filename="shop.zip"; filename*=UTF-8''shop.zip`
[[nodiscard]] std::string AttachmentDisposition(std::string_view filename);

}  // namespace reprise::api
