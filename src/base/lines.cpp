#include "base/lines.hpp"

namespace reprise {
namespace {

constexpr std::size_t kLongestLine = 64 * 1024;

}  // namespace

Status LineWriter::Write(const Context& ctx, ConstByteSpan bytes) {
  RETURN_IF_ERROR(ctx.Check());
  std::string_view text = TextOf(bytes);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view piece = text.substr(0, end);
    if (line_.size() < kLongestLine) line_.append(piece.substr(0, kLongestLine - line_.size()));
    if (end == std::string_view::npos) break;
    each_(line_);
    line_.clear();
    text.remove_prefix(end + 1);
  }
  return {};
}

Status LineWriter::Close(const Context&) {
  if (!line_.empty()) each_(line_);
  line_.clear();
  return {};
}

Status TailWriter::Write(const Context& ctx, ConstByteSpan bytes) {
  RETURN_IF_ERROR(ctx.Check());
  text_.append(TextOf(bytes));
  if (text_.size() > most_) text_.erase(0, text_.size() - most_);
  return {};
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> pieces;
  while (true) {
    const std::size_t end = text.find(separator);
    pieces.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> SplitLines(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return {};
  return Split(text, '\n');
}

std::string_view TrimSpace(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace reprise
