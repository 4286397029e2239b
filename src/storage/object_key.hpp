#pragma once

#include <string_view>

#include "base/error.hpp"

namespace reprise::storage {

// Whether `key` is one that every store takes (object_store.hpp says which). kInvalidArgument
// otherwise, saying why.
[[nodiscard]] Status CheckKey(std::string_view key);
// The same for the beginning of keys, which may be empty and may end within a segment.
[[nodiscard]] Status CheckPrefix(std::string_view prefix);

}  // namespace reprise::storage
