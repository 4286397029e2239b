#pragma once

#include <algorithm>
#include <cstdint>

#include "base/stream.hpp"

namespace reprise::docker {

// For tests: `length` bytes whose pattern repeats with no power of two, so that a lost or doubled
// piece changes them.
class CountedBytes final : public ByteReader {
 public:
  explicit CountedBytes(ByteCount length) : left_(length) {}
  [[nodiscard]] Result<std::size_t> Read(const Context& ctx, ByteSpan into) override {
    RETURN_IF_ERROR(ctx.Check());
    const auto count = static_cast<std::size_t>(std::min<ByteCount>(into.size(), left_));
    for (std::byte& byte : into.first(count)) byte = static_cast<std::byte>(next_++ % 251);
    left_ -= count;
    return count;
  }

 private:
  ByteCount left_;
  std::uint64_t next_ = 0;
};

}  // namespace reprise::docker
