#include "archive/tar_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "archive/hints.hpp"
#include "archive/printable.hpp"

namespace reprise::archive {
namespace {

constexpr ByteCount kMostExtension = 64 * 1024;

tl::unexpected<Error> CutOff(ByteCount at) {
  return Fail(ErrorCode::kArchiveCorrupt, fmt::format("the tar is cut off at byte {}", at),
              kCutOffHint);
}

}  // namespace

Result<std::size_t> TarReader::ReadContent(const Context& ctx, ByteSpan into) {
  const auto want = static_cast<std::size_t>(std::min<ByteCount>(into.size(), content_left_));
  if (want == 0) return 0;
  ASSIGN_OR_RETURN(const std::size_t count, from_.Read(ctx, into.first(want)));
  if (count == 0) return CutOff(position_);
  position_ += count;
  content_left_ -= count;
  return count;
}

Status TarReader::PassOver(const Context& ctx, ByteCount count) {
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<ByteCount>(count, 1 << 18)));
  while (count > 0) {
    const auto want = static_cast<std::size_t>(std::min<ByteCount>(buffer.size(), count));
    ASSIGN_OR_RETURN(const std::size_t got, from_.Read(ctx, ByteSpan(buffer).first(want)));
    if (got == 0) return CutOff(position_);
    position_ += got;
    count -= got;
  }
  return {};
}

Result<bool> TarReader::ReadBlock(const Context& ctx, TarBlock& block) {
  ASSIGN_OR_RETURN(const std::size_t count,
                   ReadFull(ctx, from_, std::as_writable_bytes(std::span(block))));
  position_ += count;
  if (count == 0) return false;
  if (count < block.size()) return CutOff(position_);
  return true;
}

Result<std::string> TarReader::ReadExtension(const Context& ctx, ByteCount size) {
  if (size > kMostExtension) {
    return Fail(ErrorCode::kArchiveHostile,
                fmt::format("a tar header has {} bytes of extension", size));
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  ASSIGN_OR_RETURN(const std::size_t count,
                   ReadFull(ctx, from_, std::as_writable_bytes(std::span(text))));
  position_ += count;
  if (count < text.size()) return CutOff(position_);
  RETURN_IF_ERROR(PassOver(ctx, TarPadded(size) - size));
  return text;
}

Status TarReader::Drain(const Context& ctx) {
  std::vector<std::byte> buffer(64 * 1024);
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, from_.Read(ctx, buffer));
    if (count == 0) return {};
    const auto rest = ConstByteSpan(buffer).first(count);
    if (std::any_of(rest.begin(), rest.end(), [](std::byte b) { return b != std::byte{0}; })) {
      return Fail(ErrorCode::kArchiveHostile, "the tar goes on after its end");
    }
  }
}

Result<TarEntry> TarReader::Resolve(const TarHeader& header, ByteCount offset) {
  TarEntry entry;
  entry.name = pax_.path ? *pax_.path : (long_name_.empty() ? header.name : long_name_);
  entry.size = pax_.size.value_or(header.size);
  entry.kind = header.kind;
  entry.header_offset = offset;
  pax_ = {};
  long_name_.clear();
  if (header.kind == TarKind::kOther) {
    const std::string type = Printable(std::string_view(&header.type, 1));
    return Fail(ErrorCode::kArchiveHostile,
                fmt::format("the tar entry {} is a link, device or other special file (type {}): "
                            "no backup holds that",
                            Printable(entry.name), type));
  }
  if (entry.kind == TarKind::kFile && entry.name.ends_with('/')) entry.kind = TarKind::kDirectory;
  if (entry.kind == TarKind::kDirectory) entry.size = 0;
  return entry;
}

Result<std::optional<TarEntry>> TarReader::Next(const Context& ctx) {
  RETURN_IF_ERROR(PassOver(ctx, content_left_ + padding_left_));
  content_left_ = 0;
  padding_left_ = 0;
  while (true) {
    const ByteCount offset = position_;
    TarBlock block{};
    ASSIGN_OR_RETURN(const bool more, ReadBlock(ctx, block));
    if (!more) return CutOff(position_);
    if (IsZeroBlock(block)) {
      RETURN_IF_ERROR(Drain(ctx));
      return std::optional<TarEntry>();
    }
    auto header = ParseTarHeader(block);
    if (!header) {
      return Fail(
          std::move(header.error()).While(fmt::format("reading the tar at byte {}", offset)));
    }
    if (header->kind == TarKind::kLongName || header->kind == TarKind::kPax) {
      ASSIGN_OR_RETURN(std::string text, ReadExtension(ctx, header->size));
      if (header->kind == TarKind::kLongName) {
        long_name_ = text.substr(0, text.find('\0'));
      } else if (header->type == 'x') {
        ASSIGN_OR_RETURN(pax_, ParsePax(text));
      }
      continue;
    }
    ASSIGN_OR_RETURN(TarEntry entry, Resolve(*header, offset));
    content_left_ = entry.size;
    padding_left_ = TarPadded(entry.size) - entry.size;
    return std::optional<TarEntry>(std::move(entry));
  }
}

}  // namespace reprise::archive
