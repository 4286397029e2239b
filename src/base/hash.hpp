#pragma once

#include <memory>
#include <string>

#include "base/stream.hpp"

namespace reprise {

enum class HashKind { kSha1, kSha256 };

// A running digest (OpenSSL). Movable; one thread at a time.
class Hasher {
 public:
  explicit Hasher(HashKind kind);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void Update(ConstByteSpan bytes);
  // Lower-case hex of all that was updated. The hasher starts anew.
  [[nodiscard]] std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string HashOf(HashKind kind, std::string_view text);

// Passes bytes on to `next` (which it borrows), with a digest and a count of what went through.
class HashingWriter final : public ByteWriter {
 public:
  HashingWriter(ByteWriter& next, HashKind kind) : next_(next), hasher_(kind) {}
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override;
  [[nodiscard]] Status Close(const Context& ctx) override { return next_.Close(ctx); }
  [[nodiscard]] ByteCount count() const { return count_; }
  [[nodiscard]] std::string Digest() { return hasher_.Finish(); }

 private:
  ByteWriter& next_;
  Hasher hasher_;
  ByteCount count_ = 0;
};

// The same for reading.
class HashingReader final : public ByteReader {
 public:
  HashingReader(ByteReader& from, HashKind kind) : from_(from), hasher_(kind) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override;
  [[nodiscard]] ByteCount count() const { return count_; }
  [[nodiscard]] std::string Digest() { return hasher_.Finish(); }

 private:
  ByteReader& from_;
  Hasher hasher_;
  ByteCount count_ = 0;
};

}  // namespace reprise
