#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/stream.hpp"

namespace reprise::docker {

// Takes apart the stream in which the engine sends a program's two outputs: frames of 8 header
// bytes (0: 1 = stdout, 2 = stderr, 3 = the engine's own failure; 4–7: length, big endian) and
// content. Bytes may come in pieces of any size and are passed on at once. The sinks are borrowed;
// null = thrown away. Both may be the same writer.
class FrameSplitter {
 public:
  FrameSplitter(ByteWriter* output, ByteWriter* error) : output_(output), error_(error) {}

  // Fails with what a sink fails with, or kContainerFailed when these are no frames.
  [[nodiscard]] Status Feed(const Context& ctx, ConstByteSpan bytes);
  // The stream has ended: kEngineUnavailable inside a frame, kContainerFailed with the engine's
  // words when it reported a failure.
  [[nodiscard]] Status Finish() const;

 private:
  static constexpr std::size_t kHeaderBytes = 8;

  Status OpenFrame();
  Status PassOn(const Context& ctx, ConstByteSpan bytes);

  ByteWriter* output_;
  ByteWriter* error_;
  std::array<std::byte, kHeaderBytes> header_{};
  std::size_t header_filled_ = 0;
  std::uint32_t left_ = 0;  // of the open frame's content
  std::string engine_failure_;
};

// Whether a stream that starts so is one of frames: the log of a container with a terminal is not.
[[nodiscard]] bool LooksFramed(ConstByteSpan start);

// Feeds all of `from` through.
[[nodiscard]] Status SplitFrames(const Context& ctx, ByteReader& from, FrameSplitter& splitter);

}  // namespace reprise::docker
