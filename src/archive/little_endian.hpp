#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace reprise::archive {

// The number of `Unsigned`'s width at `at`, least byte first; the caller has checked the bounds.
template <class Unsigned>
[[nodiscard]] Unsigned LittleEndianAt(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = sizeof(Unsigned); i-- > 0;) {
    value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
  }
  return static_cast<Unsigned>(value);
}

template <class Unsigned>
void AppendLittleEndian(std::string& bytes, Unsigned value) {
  std::uint64_t rest = value;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    bytes.push_back(static_cast<char>(static_cast<unsigned char>(rest & 0xFFU)));
    rest >>= 8U;
  }
}

}  // namespace reprise::archive
