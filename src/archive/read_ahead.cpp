#include "archive/read_ahead.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "archive/hints.hpp"

namespace reprise::archive {
namespace {

constexpr std::size_t kPieceBytes = 4 << 20;
// Many streams are opened for their beginning only: the first piece is small, each next one
// doubles.
constexpr std::size_t kFirstPieceBytes = 256 << 10;

class ReadAhead final : public ByteReader {
 public:
  ReadAhead(RandomReader& source, ByteCount offset, ByteCount length)
      : range_(source, offset, length), piece_(kFirstPieceBytes) {}

  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    if (at_ == filled_) {
      if (at_ > 0 && piece_.size() < kPieceBytes) piece_.resize(2 * piece_.size());
      ASSIGN_OR_RETURN(filled_, range_.Read(ctx, piece_));
      at_ = 0;
    }
    const std::size_t count = std::min(into.size(), filled_ - at_);
    std::memcpy(into.data(), piece_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  RangeReader range_;
  std::vector<std::byte> piece_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace

Result<std::size_t> RunReader::ReadAt(const Context& ctx, ByteCount offset, ByteSpan into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ByteCount at = offset + filled;
    if (at < start_ || at >= start_ + held_.size()) {
      const ByteCount wanted = std::max<ByteCount>(into.size() - filled, end_ - std::min(end_, at));
      held_.resize(static_cast<std::size_t>(std::min<ByteCount>(wanted, kPieceBytes)));
      start_ = at;
      ASSIGN_OR_RETURN(const std::size_t count, source_.ReadAt(ctx, at, held_));
      held_.resize(count);
      if (count == 0) break;
    }
    const auto skip = static_cast<std::size_t>(at - start_);
    const std::size_t count = std::min(into.size() - filled, held_.size() - skip);
    std::memcpy(into.data() + filled, held_.data() + skip, count);
    filled += count;
  }
  return filled;
}

Result<std::string> ReadExactly(const Context& ctx, RandomReader& source, ByteCount offset,
                                ByteCount length) {
  std::string bytes(static_cast<std::size_t>(length), '\0');
  ASSIGN_OR_RETURN(const std::size_t count,
                   source.ReadAt(ctx, offset, std::as_writable_bytes(std::span(bytes))));
  if (count == length) return bytes;
  return Fail(
      ErrorCode::kArchiveCorrupt,
      fmt::format("the archive ends at byte {}, in the middle of something", offset + count),
      kCutOffHint);
}

std::unique_ptr<ByteReader> OpenRange(RandomReader& source, ByteCount offset, ByteCount length) {
  if (length < kPieceBytes) return std::make_unique<RangeReader>(source, offset, length);
  return std::make_unique<ReadAhead>(source, offset, length);
}

}  // namespace reprise::archive
