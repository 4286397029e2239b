#pragma once

#include <functional>
#include <utility>

#include "base/stream.hpp"

namespace reprise {

// Counts bytes as they pass and tells how far a stream is.
class CountingReader final : public ByteReader {
 public:
  // `from` must outlive it; `each` gets the bytes of all reads so far.
  CountingReader(ByteReader& from, std::function<void(ByteCount)> each)
      : from_(from), each_(std::move(each)) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    ASSIGN_OR_RETURN(const std::size_t count, from_.Read(ctx, into));
    total_ += count;
    each_(total_);
    return count;
  }

 private:
  ByteReader& from_;
  std::function<void(ByteCount)> each_;
  ByteCount total_ = 0;
};

}  // namespace reprise
