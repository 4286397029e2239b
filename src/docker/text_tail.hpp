#pragma once

#include <string>

#include "base/stream.hpp"

namespace reprise::docker {

// Keeps the last `most` bytes of what is written, from the start of a line when it had to drop
// some. For logs and for what a program said before it failed.
class TextTail final : public ByteWriter {
 public:
  explicit TextTail(std::size_t most) : most_(most) {}

  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    RETURN_IF_ERROR(ctx.Check());
    text_.append(TextOf(bytes));
    if (text_.size() > 2 * most_) Trim();
    return {};
  }
  [[nodiscard]] Status Close(const Context&) override { return {}; }

  [[nodiscard]] std::string Take() {
    if (text_.size() > most_) Trim();
    if (trimmed_)
      text_.erase(0, text_.find('\n') + 1);  // all of it stays when there is no line end
    return std::move(text_);
  }

 private:
  void Trim() {
    text_.erase(0, text_.size() - most_);
    trimmed_ = true;
  }

  std::size_t most_;
  std::string text_;
  bool trimmed_ = false;
};

}  // namespace reprise::docker
