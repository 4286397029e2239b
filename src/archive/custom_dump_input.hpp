#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/stream.hpp"

namespace reprise::archive {

// The primitive values of a pg_dump archive, read from a stream that nobody vouches for.
class CustomDumpInput {
 public:
  explicit CustomDumpInput(ByteReader& from) : from_(from) {}

  // Set by the header before the first Int, String or SkipOffset.
  void SetWidths(std::size_t int_bytes, std::size_t offset_bytes) {
    int_bytes_ = int_bytes;
    offset_bytes_ = offset_bytes;
  }

  // nullopt at the end of the stream.
  [[nodiscard]] Result<std::optional<std::uint8_t>> ByteOrEnd(const Context& ctx);
  [[nodiscard]] Result<std::uint8_t> Byte(const Context& ctx);
  // A sign byte, then the value, least byte first.
  [[nodiscard]] Result<std::int64_t> Int(const Context& ctx);
  // nullopt for NULL, which is not "".
  [[nodiscard]] Result<std::optional<std::string>> String(const Context& ctx);
  // Passes over a string without keeping it; says whether it was not NULL.
  [[nodiscard]] Result<bool> SkipString(const Context& ctx);
  // Passes over a file offset; gives its flag byte.
  [[nodiscard]] Result<std::uint8_t> SkipOffset(const Context& ctx);
  [[nodiscard]] Status Skip(const Context& ctx, ByteCount count);
  // At least one byte and at most `into`; a stream that has ended is cut off.
  [[nodiscard]] Result<std::size_t> Some(const Context& ctx, ByteSpan into);

  [[nodiscard]] ByteCount position() const { return position_; }

 private:
  Result<bool> Fill(const Context& ctx);
  Status Take(const Context& ctx, std::span<std::uint8_t> into);
  [[nodiscard]] tl::unexpected<Error> CutOff() const;

  ByteReader& from_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(64 * 1024);
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  ByteCount position_ = 0;
  std::size_t int_bytes_ = 4;
  std::size_t offset_bytes_ = 8;
};

}  // namespace reprise::archive
