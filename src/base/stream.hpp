#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/context.hpp"
#include "base/error.hpp"

namespace reprise {

using ByteCount = std::uint64_t;
using ByteSpan = std::span<std::byte>;
using ConstByteSpan = std::span<const std::byte>;

[[nodiscard]] inline ConstByteSpan BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
[[nodiscard]] inline std::string_view TextOf(ConstByteSpan bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as text
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Bytes that come one after the other. Used by one thread at a time. After a failure the reader is
// of no further use.
class ByteReader {
 public:
  virtual ~ByteReader() = default;
  // Fills at least one byte of `into` (not empty) and says how many; 0 = the end.
  [[nodiscard]] virtual Result<std::size_t> Read(const Context& ctx, ByteSpan into) = 0;
};

// Where bytes go, one after the other. Used by one thread at a time. Data counts as written only
// after Close() has succeeded; a writer that is destroyed before leaves nothing behind.
class ByteWriter {
 public:
  virtual ~ByteWriter() = default;
  // Writes all of `bytes`.
  [[nodiscard]] virtual Status Write(const Context& ctx, ConstByteSpan bytes) = 0;
  // Ends the stream. Called at most once, nothing is written after it.
  [[nodiscard]] virtual Status Close(const Context& ctx) = 0;
};

// Bytes of known size that can be read anywhere. ReadAt is thread-safe.
class RandomReader {
 public:
  virtual ~RandomReader() = default;
  [[nodiscard]] virtual ByteCount size() const = 0;
  // Fills `into` from `offset`; fewer bytes only at the end. Says how many.
  [[nodiscard]] virtual Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                                   ByteSpan into) = 0;
};

// A piece of a RandomReader, as a stream. `source` must outlive it.
class RangeReader final : public ByteReader {
 public:
  RangeReader(RandomReader& source, ByteCount offset, ByteCount length)
      : source_(source), offset_(offset), left_(length) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;

 private:
  RandomReader& source_;
  ByteCount offset_;
  ByteCount left_;
};

// A string as a stream, or as a random source.
class StringReader final : public ByteReader {
 public:
  explicit StringReader(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;

 private:
  std::string text_;
  std::size_t at_ = 0;
};

class StringSource final : public RandomReader {
 public:
  explicit StringSource(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] ByteCount size() const override { return text_.size(); }
  [[nodiscard]] Result<std::size_t> ReadAt(const Context& ctx, ByteCount offset,
                                           ByteSpan into) override;

 private:
  std::string text_;
};

class StringWriter final : public ByteWriter {
 public:
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override;
  [[nodiscard]] Status Close(const Context&) override { return {}; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

// Takes everything and keeps nothing.
class NullWriter final : public ByteWriter {
 public:
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan) override { return ctx.Check(); }
  [[nodiscard]] Status Close(const Context&) override { return {}; }
};

// Moves everything from `from` to `to` (without closing it); says how many bytes.
[[nodiscard]] Result<ByteCount> Copy(const Context& ctx, ByteReader& from, ByteWriter& to);
// All that `from` has, as text; kPayloadTooLarge past `most` bytes.
[[nodiscard]] Result<std::string> ReadAll(const Context& ctx, ByteReader& from, ByteCount most);
// Fills the whole of `into`; fewer only at the end. Says how many.
[[nodiscard]] Result<std::size_t> ReadFull(const Context& ctx, ByteReader& from, ByteSpan into);

}  // namespace reprise
