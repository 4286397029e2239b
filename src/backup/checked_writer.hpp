#pragma once

#include <functional>
#include <utility>

#include "base/stream.hpp"

namespace reprise::backup {

// Passes bytes on to `next`, which it borrows, as long as `check` is content with how many there
// would be. What it refuses is not written.
class CheckedWriter final : public ByteWriter {
 public:
  using Check = std::function<Status(ByteCount)>;
  CheckedWriter(ByteWriter& next, Check check) : next_(next), check_(std::move(check)) {}

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    RETURN_IF_ERROR(check_(count_ + bytes.size()));
    count_ += bytes.size();
    return next_.Write(ctx, bytes);
  }
  [[nodiscard]] Status Close(const Context& ctx) override { return next_.Close(ctx); }

 private:
  ByteWriter& next_;
  Check check_;
  ByteCount count_ = 0;
};

}  // namespace reprise::backup
