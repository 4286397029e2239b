#pragma once

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string_view>

#include "base/error.hpp"

namespace reprise::postgres {

// A number that PostgreSQL or a program beside it printed; kDatabaseFailed when it is none.
[[nodiscard]] inline Result<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Fail(ErrorCode::kDatabaseFailed, fmt::format("expected a number, got \"{}\"", text));
  }
  return number;
}

}  // namespace reprise::postgres
