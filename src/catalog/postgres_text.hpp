#pragma once

#include <string>
#include <string_view>

namespace reprise::catalog {

// The text as PostgreSQL can store it: what is no UTF-8, and zero bytes, become U+FFFD.
[[nodiscard]] std::string StorableText(std::string_view text);

}  // namespace reprise::catalog
