#pragma once

#include <string>
#include <string_view>

namespace reprise::archive {

// A name out of a hostile archive, fit for a message: quoted, without control characters, cut
// short.
[[nodiscard]] std::string Printable(std::string_view name);

}  // namespace reprise::archive
