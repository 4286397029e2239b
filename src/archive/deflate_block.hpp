#pragma once

#include <vector>

#include "base/stream.hpp"

namespace reprise::archive {

// Packs one piece of a deflate stream (isa-l, level 1) behind `packed`. The piece stands for itself
// and ends on a byte, so that pieces packed by different threads are one stream when put one after
// the other, closed by kDeflateEnd. What does not get smaller (pictures, packed documents) is told
// by samples and stored as it is.
void AppendDeflated(ConstByteSpan piece, std::vector<std::byte>& packed);

// The empty last block of a deflate stream.
inline constexpr std::byte kDeflateEnd[] = {std::byte{0x03}, std::byte{0x00}};  // NOLINT

// Whether samples of `piece` say that packing is worth the time.
[[nodiscard]] bool LooksCompressible(ConstByteSpan piece);

}  // namespace reprise::archive
