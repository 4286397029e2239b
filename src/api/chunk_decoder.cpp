#include "api/chunk_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace reprise::api {
namespace {

constexpr int kMostDigits = 15;
constexpr std::size_t kMostSkipped = 8 * 1024;
constexpr std::string_view kBadChunk = "the body is not properly chunked";
constexpr std::string_view kTooLong = "the body's chunk extensions or trailers are too long";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsText(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 || c == '\t';
}

}  // namespace

ChunkDecoder::Step ChunkDecoder::Decode(std::string_view bytes, std::span<char> into) {
  Step step;
  while (state_ != State::kDone && step.used < bytes.size()) {
    if (state_ == State::kData) {
      const std::size_t room = std::min(into.size() - step.produced, bytes.size() - step.used);
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(room, size_));
      if (count == 0) break;
      std::memcpy(into.data() + step.produced, bytes.data() + step.used, count);
      step.produced += count;
      step.used += count;
      size_ -= count;
      if (size_ == 0) state_ = State::kDataEnd;
      continue;
    }
    step.fault = TakeByte(bytes[step.used++]);
    if (!step.fault.empty()) return step;
  }
  step.complete = state_ == State::kDone;
  return step;
}

std::string_view ChunkDecoder::TakeByte(char c) {
  switch (state_) {
    case State::kSize:
    case State::kExtension:
      return TakeSizeByte(c);
    case State::kSizeEnd:
      if (c != '\n') return kBadChunk;
      BeginChunk();
      return {};
    case State::kDataEnd:
      if (c == '\r' && !after_cr_) {
        after_cr_ = true;
        return {};
      }
      if (c != '\n' || !after_cr_) return kBadChunk;
      after_cr_ = false;
      state_ = State::kSize;
      return {};
    case State::kTrailer:
      return TakeTrailerByte(c);
    case State::kData:
    case State::kDone:
      break;
  }
  return kBadChunk;
}

std::string_view ChunkDecoder::TakeSizeByte(char c) {
  if (c == '\r' && digits_ > 0) {
    state_ = State::kSizeEnd;
    return {};
  }
  if (state_ == State::kExtension) {
    if (!IsText(c)) return kBadChunk;
    return ++skipped_ > kMostSkipped ? kTooLong : std::string_view();
  }
  if (c == ';' && digits_ > 0) {
    state_ = State::kExtension;
    return {};
  }
  const int digit = HexDigit(c);
  if (digit < 0 || digits_ == kMostDigits) return kBadChunk;
  size_ = size_ * 16 + static_cast<std::uint64_t>(digit);
  ++digits_;
  return {};
}

void ChunkDecoder::BeginChunk() {
  state_ = size_ == 0 ? State::kTrailer : State::kData;
  digits_ = 0;
}

std::string_view ChunkDecoder::TakeTrailerByte(char c) {
  if (++skipped_ > kMostSkipped) return kTooLong;
  if (after_cr_) {
    if (c != '\n') return kBadChunk;
    after_cr_ = false;
    if (line_bytes_ == 0) state_ = State::kDone;
    line_bytes_ = 0;
    return {};
  }
  if (c == '\r') {
    after_cr_ = true;
    return {};
  }
  if (!IsText(c)) return kBadChunk;
  ++line_bytes_;
  return {};
}

}  // namespace reprise::api
