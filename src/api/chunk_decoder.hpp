#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace reprise::api {

// Takes a chunked body (RFC 9112, 7.1) apart, however its bytes are cut, without keeping any of it.
// Extensions and trailers are skipped; lines and trailers that are too long are faults. Our own,
// since Beast 1.81 aborts on a last chunk that comes in pieces of fewer than five bytes, and lets
// extensions and trailers grow without end.
class ChunkDecoder {
 public:
  struct Step {
    std::size_t used = 0;      // of the bytes given
    std::size_t produced = 0;  // bytes of the body written
    bool complete = false;
    std::string_view fault;  // what is wrong; empty = nothing
  };
  // Decodes as much as there is, or as `into` takes.
  [[nodiscard]] Step Decode(std::string_view bytes, std::span<char> into);

 private:
  enum class State { kSize, kExtension, kSizeEnd, kData, kDataEnd, kTrailer, kDone };

  // One byte of anything but data; what is wrong with it, or nothing.
  [[nodiscard]] std::string_view TakeByte(char c);
  [[nodiscard]] std::string_view TakeSizeByte(char c);
  [[nodiscard]] std::string_view TakeTrailerByte(char c);
  void BeginChunk();

  State state_ = State::kSize;
  std::uint64_t size_ = 0;  // of the chunk: as read so far, then what is left of it
  int digits_ = 0;
  std::size_t skipped_ = 0;     // bytes of extensions and trailers
  std::size_t line_bytes_ = 0;  // of the trailer line at hand
  bool after_cr_ = false;
};

}  // namespace reprise::api
