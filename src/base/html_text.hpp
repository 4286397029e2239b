#pragma once

#include <string>
#include <string_view>

namespace reprise {

// `text` as it may stand in a page or in an attribute's quotes.
[[nodiscard]] std::string HtmlText(std::string_view text);

}  // namespace reprise
