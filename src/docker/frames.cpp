#include "docker/frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace reprise::docker {
namespace {

constexpr std::size_t kReadBuffer = 256UL * 1024;
constexpr std::size_t kMostFailureBytes = 4096;
constexpr std::byte kError{2};
constexpr std::byte kEngineFailure{3};

}  // namespace

bool LooksFramed(ConstByteSpan start) {
  if (start.empty() || start[0] > kEngineFailure) return false;
  return std::ranges::all_of(start.subspan(1, std::min<std::size_t>(start.size() - 1, 3)),
                             [](std::byte b) { return b == std::byte{0}; });
}

Status FrameSplitter::Feed(const Context& ctx, ConstByteSpan bytes) {
  while (!bytes.empty()) {
    if (header_filled_ < kHeaderBytes) {
      const std::size_t count = std::min(bytes.size(), kHeaderBytes - header_filled_);
      std::ranges::copy(bytes.first(count), header_.begin() + static_cast<long>(header_filled_));
      header_filled_ += count;
      bytes = bytes.subspan(count);
      if (header_filled_ == kHeaderBytes) RETURN_IF_ERROR(OpenFrame());
      continue;
    }
    const std::size_t count = std::min<std::size_t>(bytes.size(), left_);
    RETURN_IF_ERROR(PassOn(ctx, bytes.first(count)));
    left_ -= static_cast<std::uint32_t>(count);
    if (left_ == 0) header_filled_ = 0;
    bytes = bytes.subspan(count);
  }
  return {};
}

Status FrameSplitter::OpenFrame() {
  if (!LooksFramed(header_)) {
    return Fail(ErrorCode::kContainerFailed,
                "the Docker Engine sent a program's output in a form that is not known",
                "this needs a Docker Engine that speaks API 1.41 or later, without a terminal");
  }
  left_ = 0;
  for (std::size_t i = 4; i < kHeaderBytes; ++i) {
    left_ = (left_ << 8U) | std::to_integer<std::uint32_t>(header_.at(i));
  }
  if (left_ == 0) header_filled_ = 0;
  return {};
}

Status FrameSplitter::PassOn(const Context& ctx, ConstByteSpan bytes) {
  if (header_[0] == kEngineFailure) {
    const std::size_t room = kMostFailureBytes - engine_failure_.size();
    engine_failure_.append(TextOf(bytes).substr(0, room));
    return {};
  }
  ByteWriter* sink = header_[0] == kError ? error_ : output_;
  return sink == nullptr ? Status() : sink->Write(ctx, bytes);
}

Status FrameSplitter::Finish() const {
  if (!engine_failure_.empty()) {
    return Fail(ErrorCode::kContainerFailed,
                fmt::format("the Docker Engine lost a program's output: {}", engine_failure_));
  }
  if (header_filled_ == 0) return {};
  return Fail(ErrorCode::kEngineUnavailable,
              "the Docker Engine closed the connection in the middle of a program's output",
              "look at the engine's log (journalctl -u docker), then try again");
}

Status SplitFrames(const Context& ctx, ByteReader& from, FrameSplitter& splitter) {
  std::vector<std::byte> buffer(kReadBuffer);
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t count, from.Read(ctx, buffer));
    if (count == 0) return splitter.Finish();
    RETURN_IF_ERROR(splitter.Feed(ctx, ConstByteSpan(buffer).first(count)));
  }
}

}  // namespace reprise::docker
