#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/stream.hpp"

// What every fuzzer of this folder takes from libFuzzer: one LLVMFuzzerTestOneInput for each
// program.
namespace reprise::fuzz {

inline std::string TextOf(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as text
  return {reinterpret_cast<const char*>(data), size};
}

// Ends the program, which libFuzzer takes for a find.
inline void Require(bool holds) {
  if (!holds) __builtin_trap();
}

// No parser needs more than this of what a few bytes unpack to.
inline constexpr ByteCount kMostRead = ByteCount{64} << 20;

// Reads to the end or the first failure.
inline void ReadThrough(ByteReader& reader) {
  NullWriter nowhere;
  static_cast<void>(Copy(Context(), reader, nowhere));
}

}  // namespace reprise::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
