#include "archive/tar_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "archive/tar_format.hpp"

namespace reprise::archive {

Status TarWriter::AddFile(const Context& ctx, std::string_view prefix, std::string_view name,
                          ByteCount size, ByteReader& content) {
  const TarBlock header = MakeTarHeader(prefix, name, size);
  RETURN_IF_ERROR(to_.Write(ctx, std::as_bytes(std::span(header))));
  std::vector<std::byte> buffer(64 * 1024);
  ByteCount left = size;
  while (left > 0) {
    const auto want = static_cast<std::size_t>(std::min<ByteCount>(left, buffer.size()));
    ASSIGN_OR_RETURN(const std::size_t count, content.Read(ctx, ByteSpan(buffer).first(want)));
    if (count == 0) {
      return Fail(ErrorCode::kArchiveCorrupt,
                  fmt::format("{} ends {} bytes before its size", name, left));
    }
    RETURN_IF_ERROR(to_.Write(ctx, ConstByteSpan(buffer).first(count)));
    left -= count;
  }
  constexpr std::array<std::byte, kTarBlock> kZeros{};
  return to_.Write(ctx,
                   ConstByteSpan(kZeros).first(static_cast<std::size_t>(TarPadded(size) - size)));
}

Status TarWriter::Finish(const Context& ctx) {
  constexpr std::array<std::byte, 2 * kTarBlock> kEnd{};
  return to_.Write(ctx, kEnd);
}

}  // namespace reprise::archive
