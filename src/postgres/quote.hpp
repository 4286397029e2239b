#pragma once

#include <string>
#include <string_view>

namespace reprise::postgres {

// "name" with inner quotes doubled: any name, also with hyphens, is safe in SQL.
[[nodiscard]] std::string QuoteName(std::string_view name);
// 'text' (E'…' when it holds a backslash): any text is safe in SQL.
[[nodiscard]] std::string QuoteText(std::string_view text);

}  // namespace reprise::postgres
