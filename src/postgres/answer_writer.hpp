#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/stream.hpp"

namespace reprise::postgres {

// Keeps what a program of PostgreSQL prints. kPayloadTooLarge past `most`: strangers fill databases
// and dumps.
class AnswerWriter final : public ByteWriter {
 public:
  static constexpr std::size_t kMost = std::size_t{64} << 20U;

  explicit AnswerWriter(std::size_t most = kMost) : most_(most) {}
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    RETURN_IF_ERROR(ctx.Check());
    if (bytes.size() > most_ - text_.size()) {
      return Fail(ErrorCode::kPayloadTooLarge,
                  fmt::format("PostgreSQL's answer has more than {} MiB", most_ >> 20U));
    }
    text_ += TextOf(bytes);
    return {};
  }
  [[nodiscard]] Status Close(const Context&) override { return {}; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  const std::size_t most_;
  std::string text_;
};

}  // namespace reprise::postgres
