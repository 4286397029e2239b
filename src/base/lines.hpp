#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hpp"

namespace reprise {

// Calls `each` for every line that is written to it (without its line feed), and for a last one
// that lacks it when closed. Lines are cut at 64 KiB.
class LineWriter final : public ByteWriter {
 public:
  explicit LineWriter(std::function<void(std::string_view)> each) : each_(std::move(each)) {}
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override;
  [[nodiscard]] Status Close(const Context& ctx) override;

 private:
  std::function<void(std::string_view)> each_;
  std::string line_;
};

// Keeps the last `most` bytes of what is written.
class TailWriter final : public ByteWriter {
 public:
  explicit TailWriter(std::size_t most = 8192) : most_(most) {}
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override;
  [[nodiscard]] Status Close(const Context&) override { return {}; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::size_t most_;
  std::string text_;
};

[[nodiscard]] std::vector<std::string> SplitLines(std::string_view text);
[[nodiscard]] std::string_view TrimSpace(std::string_view text);
[[nodiscard]] std::vector<std::string> Split(std::string_view text, char separator);

}  // namespace reprise
