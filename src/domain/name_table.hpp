#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace reprise::domain {

// The one list of an enum's names, for both directions.
template <class Enum, std::size_t N>
struct NameTable {
  std::array<std::pair<Enum, std::string_view>, N> rows;

  [[nodiscard]] constexpr std::string_view Name(Enum value) const {
    for (const auto& [key, name] : rows) {
      if (key == value) return name;
    }
    return {};
  }
  [[nodiscard]] constexpr std::optional<Enum> Parse(std::string_view text) const {
    for (const auto& [key, name] : rows) {
      if (name == text) return key;
    }
    return std::nullopt;
  }
};

template <class Enum, std::size_t N>
constexpr NameTable<Enum, N> MakeNameTable(const std::pair<Enum, std::string_view> (
    &rows)[N]) {  // NOLINT(cppcoreguidelines-avoid-c-arrays): deduces N
  return {std::to_array(rows)};
}

}  // namespace reprise::domain
