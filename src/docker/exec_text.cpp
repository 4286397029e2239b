#include <fmt/format.h>

#include "docker/engine.hpp"
#include "docker/text_tail.hpp"

namespace reprise::docker {
namespace {

constexpr std::size_t kMostFailureBytes = 2048;

// Keeps everything, up to a limit.
class BoundedText final : public ByteWriter {
 public:
  explicit BoundedText(ByteCount most) : most_(most) {}
  [[nodiscard]] Status Write(const Context& ctx, ConstByteSpan bytes) override {
    RETURN_IF_ERROR(ctx.Check());
    if (text_.size() + bytes.size() > most_) {
      return Fail(ErrorCode::kPayloadTooLarge, fmt::format("it printed more than {} bytes", most_));
    }
    text_.append(TextOf(bytes));
    return {};
  }
  [[nodiscard]] Status Close(const Context&) override { return {}; }
  [[nodiscard]] std::string Take() { return std::move(text_); }

 private:
  ByteCount most_;
  std::string text_;
};

std::string LastWords(std::string text) {
  if (text.size() > kMostFailureBytes) text.erase(0, text.size() - kMostFailureBytes);
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return text.substr(0, end == std::string::npos ? 0 : end + 1);
}

}  // namespace

Result<std::string> ExecText(const Context& ctx, Engine& engine, std::string_view container,
                             const ExecSpec& spec, ByteCount most) {
  const std::string program = spec.argv.empty() ? "nothing" : spec.argv[0];
  BoundedText output(most);
  TextTail error(kMostFailureBytes);
  ExecStreams streams;
  streams.output = &output;
  streams.error = &error;
  Result<int> code = engine.Exec(ctx, container, spec, streams);
  if (!code) {
    return Fail(std::move(code.error())
                    .While(fmt::format("while running {} in container {}", program, container)));
  }
  if (*code == 0) return output.Take();
  // A program that could not even be started is explained by the engine on standard output.
  std::string words = LastWords(error.Take());
  if (words.empty()) words = LastWords(output.Take());
  return Fail(ErrorCode::kContainerFailed,
              fmt::format("{} in container {} ended with exit code {}{}{}", program, container,
                          *code, words.empty() ? "" : ": ", words));
}

}  // namespace reprise::docker
