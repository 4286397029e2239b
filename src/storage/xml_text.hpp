#pragma once

#include <string>
#include <string_view>
#include <vector>

// The little of XML that S3 answers with: elements without attributes that matter, text with
// entities. Not for documents of strangers that must be understood whole.
namespace reprise::storage {

// The content of each <name>…</name>, in order. `name` must not stand within itself.
[[nodiscard]] std::vector<std::string_view> XmlElements(std::string_view xml,
                                                        std::string_view name);
// The text of the first one, entities resolved; "" when there is none.
[[nodiscard]] std::string XmlText(std::string_view xml, std::string_view name);
[[nodiscard]] std::string XmlEscape(std::string_view text);

}  // namespace reprise::storage
