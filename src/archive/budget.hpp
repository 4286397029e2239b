#pragma once

#include "base/stream.hpp"

namespace reprise::archive {

// What packed data may unpack to before it is taken for a bomb. Deflate can reach 1,032 : 1; dumps
// stay below 30 : 1, runs of equal rows below 100 : 1.
inline constexpr ByteCount kMostRatio = 200;
inline constexpr ByteCount kAlwaysAllowed = ByteCount{256} << 20;

[[nodiscard]] inline bool WithinBudget(ByteCount packed, ByteCount unpacked) {
  return unpacked <= kAlwaysAllowed || unpacked / kMostRatio <= packed;
}

}  // namespace reprise::archive
