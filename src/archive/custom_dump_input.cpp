#include "archive/custom_dump_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "archive/hints.hpp"

namespace reprise::archive {
namespace {

// Names are short; only definitions, which are passed over, may be long.
constexpr std::int64_t kMostKept = 1 << 20;

}  // namespace

tl::unexpected<Error> CustomDumpInput::CutOff() const {
  return Fail(ErrorCode::kArchiveCorrupt, fmt::format("the dump is cut off at byte {}", position_),
              kCutOffHint);
}

Result<bool> CustomDumpInput::Fill(const Context& ctx) {
  if (at_ < filled_) return true;
  ASSIGN_OR_RETURN(filled_, from_.Read(ctx, buffer_));
  at_ = 0;
  return filled_ > 0;
}

Result<std::optional<std::uint8_t>> CustomDumpInput::ByteOrEnd(const Context& ctx) {
  ASSIGN_OR_RETURN(const bool more, Fill(ctx));
  if (!more) return std::optional<std::uint8_t>();
  ++position_;
  return std::optional(static_cast<std::uint8_t>(buffer_[at_++]));
}

Result<std::uint8_t> CustomDumpInput::Byte(const Context& ctx) {
  ASSIGN_OR_RETURN(const std::optional<std::uint8_t> byte, ByteOrEnd(ctx));
  if (!byte) return CutOff();
  return *byte;
}

Status CustomDumpInput::Take(const Context& ctx, std::span<std::uint8_t> into) {
  while (!into.empty()) {
    ASSIGN_OR_RETURN(const bool more, Fill(ctx));
    if (!more) return CutOff();
    const std::size_t count = std::min(filled_ - at_, into.size());
    std::memcpy(into.data(), buffer_.data() + at_, count);
    at_ += count;
    position_ += count;
    into = into.subspan(count);
  }
  return {};
}

Result<std::int64_t> CustomDumpInput::Int(const Context& ctx) {
  std::array<std::uint8_t, 1 + sizeof(std::uint64_t)> bytes{};
  RETURN_IF_ERROR(Take(ctx, std::span(bytes).first(1 + int_bytes_)));
  const std::uint8_t sign = bytes.front();
  std::uint64_t value = 0;
  for (std::size_t i = int_bytes_; i > 0; --i) value = value << 8U | bytes.at(i);
  constexpr auto kMost = static_cast<std::uint64_t>(std::int64_t{1} << 62);
  if (sign > 1 || value > kMost) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the dump is damaged at byte {}: a number is out of range", position_));
  }
  const auto number = static_cast<std::int64_t>(value);
  return sign == 1 ? -number : number;
}

Result<std::optional<std::string>> CustomDumpInput::String(const Context& ctx) {
  ASSIGN_OR_RETURN(const std::int64_t length, Int(ctx));
  if (length < 0) return std::optional<std::string>();
  if (length > kMostKept) {
    return Fail(
        ErrorCode::kArchiveCorrupt,
        fmt::format("the dump is damaged at byte {}: a name of {} bytes", position_, length));
  }
  std::string text;
  text.reserve(static_cast<std::size_t>(length));
  while (std::cmp_less(text.size(), length)) {
    ASSIGN_OR_RETURN(const bool more, Fill(ctx));
    if (!more) return CutOff();
    const std::size_t count =
        std::min(filled_ - at_, static_cast<std::size_t>(length) - text.size());
    text.append(TextOf(ConstByteSpan(buffer_).subspan(at_, count)));
    at_ += count;
    position_ += count;
  }
  return std::optional<std::string>(std::move(text));
}

Result<bool> CustomDumpInput::SkipString(const Context& ctx) {
  ASSIGN_OR_RETURN(const std::int64_t length, Int(ctx));
  if (length < 0) return false;
  RETURN_IF_ERROR(Skip(ctx, static_cast<ByteCount>(length)));
  return true;
}

Result<std::uint8_t> CustomDumpInput::SkipOffset(const Context& ctx) {
  ASSIGN_OR_RETURN(const std::uint8_t flag, Byte(ctx));
  RETURN_IF_ERROR(Skip(ctx, offset_bytes_));
  return flag;
}

Result<std::size_t> CustomDumpInput::Some(const Context& ctx, ByteSpan into) {
  ASSIGN_OR_RETURN(const bool more, Fill(ctx));
  if (!more) return CutOff();
  const std::size_t count = std::min(filled_ - at_, into.size());
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
  at_ += count;
  position_ += count;
  return count;
}

Status CustomDumpInput::Skip(const Context& ctx, ByteCount count) {
  while (count > 0) {
    ASSIGN_OR_RETURN(const bool more, Fill(ctx));
    if (!more) return CutOff();
    const auto step = static_cast<std::size_t>(std::min<ByteCount>(filled_ - at_, count));
    at_ += step;
    position_ += step;
    count -= step;
  }
  return {};
}

}  // namespace reprise::archive
