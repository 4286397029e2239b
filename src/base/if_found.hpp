#pragma once

#include <optional>
#include <utility>

#include "base/error.hpp"

namespace reprise {

// What was looked up, or nothing when it is not there (kNotFound). That it cannot be read now stays
// a failure: whoever takes something back must not take it for gone.
template <class T>
[[nodiscard]] Result<std::optional<T>> IfFound(Result<T> found) {
  if (found) return std::optional<T>(*std::move(found));
  if (found.error().code == ErrorCode::kNotFound) return std::nullopt;
  return Fail(std::move(found.error()));
}

}  // namespace reprise
