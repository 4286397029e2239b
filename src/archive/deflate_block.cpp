#include "archive/deflate_block.hpp"

#include <isa-l.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

namespace reprise::archive {
namespace {

constexpr std::size_t kStoredBytes = 65'535;  // the most in one stored block
constexpr std::size_t kStoredHeader = 5;
constexpr std::size_t kSampleBytes = 8 * 1024;
constexpr std::size_t kSamples = 4;

const std::uint8_t* AsOctets(const std::byte* bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): isa-l takes uint8_t
  return reinterpret_cast<const std::uint8_t*>(bytes);
}

// Packs `piece` into `into`; bytes written, 0 when they would not fit.
std::size_t Deflate(ConstByteSpan piece, ByteSpan into) {
  thread_local std::vector<std::uint8_t> level_buffer(ISAL_DEF_LVL1_DEFAULT);
  const auto stream = std::make_unique<isal_zstream>();
  isal_deflate_stateless_init(stream.get());
  stream->level = 1;
  stream->level_buf = level_buffer.data();
  stream->level_buf_size = static_cast<std::uint32_t>(level_buffer.size());
  stream->flush = FULL_FLUSH;
  stream->end_of_stream = 0;
  // isa-l does not write to its input, but takes it as if it did.
  stream->next_in = const_cast<std::uint8_t*>(AsOctets(piece.data()));  // NOLINT
  stream->avail_in = static_cast<std::uint32_t>(piece.size());
  stream->next_out = const_cast<std::uint8_t*>(AsOctets(into.data()));  // NOLINT
  stream->avail_out = static_cast<std::uint32_t>(into.size());
  if (isal_deflate_stateless(stream.get()) != COMP_OK || stream->avail_in != 0) return 0;
  return into.size() - stream->avail_out;
}

void AppendStored(ConstByteSpan piece, std::vector<std::byte>& packed) {
  while (!piece.empty()) {
    const std::size_t count = std::min(piece.size(), kStoredBytes);
    const std::array<std::byte, kStoredHeader> header = {
        std::byte{0}, static_cast<std::byte>(count & 0xffU), static_cast<std::byte>(count >> 8U),
        static_cast<std::byte>(~count & 0xffU), static_cast<std::byte>((~count >> 8U) & 0xffU)};
    packed.insert(packed.end(), header.begin(), header.end());
    packed.insert(packed.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
    piece = piece.subspan(count);
  }
}

}  // namespace

bool LooksCompressible(ConstByteSpan piece) {
  if (piece.size() <= kSamples * kSampleBytes) return true;
  std::array<std::byte, 2 * kSampleBytes> scratch{};
  std::size_t packed = 0;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const std::size_t at = (piece.size() - kSampleBytes) * i / (kSamples - 1);
    const std::size_t count = Deflate(piece.subspan(at, kSampleBytes), scratch);
    packed += count == 0 ? kSampleBytes : count;
  }
  return packed * 20 < kSamples * kSampleBytes * 19;
}

void AppendDeflated(ConstByteSpan piece, std::vector<std::byte>& packed) {
  if (piece.empty()) return;
  const std::size_t start = packed.size();
  if (LooksCompressible(piece)) {
    packed.resize(start + piece.size() + (piece.size() / kStoredBytes + 2) * kStoredHeader + 64);
    const std::size_t count = Deflate(piece, ByteSpan(packed).subspan(start));
    packed.resize(start + count);
    if (count > 0) return;
  }
  AppendStored(piece, packed);
}

}  // namespace reprise::archive
