#pragma once

#include <cstdint>

#include "base/stream.hpp"

namespace reprise::archive {

// The checksum of zips and gzip; goes on from `crc`, 0 at the beginning.
[[nodiscard]] std::uint32_t Crc32(std::uint32_t crc, ConstByteSpan bytes);
// That of two texts put together, of which the second has `second_bytes`: without reading them.
[[nodiscard]] std::uint32_t CombineCrc32(std::uint32_t first, std::uint32_t second,
                                         ByteCount second_bytes);

}  // namespace reprise::archive
