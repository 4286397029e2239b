#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace reprise {

struct FieldError {
  std::string pointer;  // "/target/mode" (RFC 6901)
  std::string message;  // "must be one of original, existing, new, cross_server"
};

// The pointer to member `name` of what `pointer` points to (RFC 6901).
[[nodiscard]] std::string PointerBelow(std::string_view pointer, std::string_view name);
// kInvalidArgument that names all faults; `field` is the first one's.
[[nodiscard]] Error InvalidFields(const std::vector<FieldError>& faults);

// Parses text as JSON: depth at most 32. kMalformedRequest with the byte offset otherwise.
[[nodiscard]] Result<boost::json::value> ParseJson(std::string_view text);

}  // namespace reprise
