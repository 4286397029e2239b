#include "base/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace reprise {
namespace {

constexpr std::size_t kCopyBuffer = 256 * 1024;

std::size_t CopyOut(std::string_view text, ByteCount offset, ByteSpan into) {
  if (offset >= text.size()) return 0;
  const std::size_t count = std::min(into.size(), text.size() - static_cast<std::size_t>(offset));
  std::memcpy(into.data(), text.data() + offset, count);
  return count;
}

}  // namespace

Result<std::size_t> RangeReader::Read(const Context& ctx, ByteSpan into) {
  const auto want = static_cast<std::size_t>(std::min<ByteCount>(into.size(), left_));
  if (want == 0) return 0;
  ASSIGN_OR_RETURN(const std::size_t count, source_.ReadAt(ctx, offset_, into.first(want)));
  if (count == 0) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the file ends {} bytes too early, at byte {}", left_, offset_));
  }
  offset_ += count;
  left_ -= count;
  return count;
}

Result<std::size_t> StringReader::Read(const Context& ctx, ByteSpan into) {
  RETURN_IF_ERROR(ctx.Check());
  const std::size_t count = CopyOut(text_, at_, into);
  at_ += count;
  return count;
}

Result<std::size_t> StringSource::ReadAt(const Context& ctx, ByteCount offset, ByteSpan into) {
  RETURN_IF_ERROR(ctx.Check());
  return CopyOut(text_, offset, into);
}

Status StringWriter::Write(const Context& ctx, ConstByteSpan bytes) {
  RETURN_IF_ERROR(ctx.Check());
  text_.append(TextOf(bytes));
  return {};
}

Result<ByteCount> Copy(const Context& ctx, ByteReader& from, ByteWriter& to) {
  std::vector<std::byte> buffer(kCopyBuffer);
  ByteCount total = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, from.Read(ctx, buffer));
    if (count == 0) return total;
    RETURN_IF_ERROR(to.Write(ctx, ConstByteSpan(buffer).first(count)));
    total += count;
  }
}

Result<std::string> ReadAll(const Context& ctx, ByteReader& from, ByteCount most) {
  std::vector<std::byte> buffer(64 * 1024);
  std::string text;
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, from.Read(ctx, buffer));
    if (count == 0) return text;
    if (text.size() + count > most) {
      return Fail(ErrorCode::kPayloadTooLarge, fmt::format("more than {} bytes", most));
    }
    text.append(TextOf(ConstByteSpan(buffer).first(count)));
  }
}

Result<std::size_t> ReadFull(const Context& ctx, ByteReader& from, ByteSpan into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    ASSIGN_OR_RETURN(const std::size_t count, from.Read(ctx, into.subspan(filled)));
    if (count == 0) break;
    filled += count;
  }
  return filled;
}

}  // namespace reprise
