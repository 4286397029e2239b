#pragma once

#include <string>
#include <string_view>

namespace reprise {

// A to Z become a to z, whatever the locale; other bytes stay.
[[nodiscard]] inline std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace reprise
