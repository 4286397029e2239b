#pragma once

#include <string>
#include <string_view>

namespace reprise::api {

[[nodiscard]] bool IsUtf8(std::string_view text);
// `text` with U+FFFD for each byte that is not part of a character: what may stand in JSON.
[[nodiscard]] std::string ValidUtf8(std::string_view text);

}  // namespace reprise::api
