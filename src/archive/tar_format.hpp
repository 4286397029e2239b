#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/stream.hpp"

namespace reprise::archive {

inline constexpr std::size_t kTarBlock = 512;
using TarBlock = std::array<char, kTarBlock>;

enum class TarKind { kFile, kDirectory, kLongName, kPax, kOther };

struct TarHeader {
  std::string name;
  ByteCount size = 0;
  TarKind kind = TarKind::kOther;
  char type = '0';  // as it stands, for messages
};

// Bytes that a content of `size` takes in a tar: filled up to whole blocks.
[[nodiscard]] constexpr ByteCount TarPadded(ByteCount size) {
  return (size + kTarBlock - 1) / kTarBlock * kTarBlock;
}

// Reads one header block (ustar, GNU, old). kArchiveCorrupt when its checksum or numbers are wrong.
[[nodiscard]] Result<TarHeader> ParseTarHeader(const TarBlock& block);
[[nodiscard]] bool IsZeroBlock(const TarBlock& block);

// The ustar header of a regular file, mode 0644, owner 0, time 0. `prefix` (at most 155 bytes) and
// `name` (at most 100) are joined by "/" when read; `size` is below 8 GiB or told in base 256.
[[nodiscard]] TarBlock MakeTarHeader(std::string_view prefix, std::string_view name,
                                     ByteCount size);

// "path" and "size" of a pax record block ("27 path=…\n"). kArchiveCorrupt when malformed,
// kArchiveHostile when it tells of a link or a sparse file.
struct PaxFields {
  std::optional<std::string> path;
  std::optional<ByteCount> size;
};
[[nodiscard]] Result<PaxFields> ParsePax(std::string_view records);

}  // namespace reprise::archive
