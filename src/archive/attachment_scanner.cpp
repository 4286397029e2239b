#include "archive/attachment_scanner.hpp"

#include <charconv>
#include <limits>
#include <vector>

#include "base/lines.hpp"

namespace reprise::archive {
namespace {

constexpr std::string_view kTable = "COPY public.ir_attachment (";
constexpr std::string_view kEnd = "\\.";
constexpr std::string_view kNull = "\\N";
constexpr std::size_t kNoColumn = std::numeric_limits<std::size_t>::max();

bool IsCopy(std::string_view line) {
  return line.starts_with("COPY ") && TrimSpace(line).ends_with(" FROM stdin;");
}

}  // namespace

bool AttachmentScanner::Begin(std::string_view copy_statement) {
  const std::size_t close = copy_statement.find(')');
  if (!copy_statement.starts_with(kTable) || close == std::string_view::npos) return false;
  name_column_ = kNoColumn;
  size_column_ = kNoColumn;
  const std::vector<std::string> columns =
      Split(copy_statement.substr(kTable.size(), close - kTable.size()), ',');
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (TrimSpace(columns[i]) == "store_fname") name_column_ = i;
    if (TrimSpace(columns[i]) == "file_size") size_column_ = i;
  }
  complete_ = false;
  return name_column_ != kNoColumn;
}

void AttachmentScanner::Feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      EndRow();
    } else if (c == '\t') {
      ++column_;
    } else if (column_ == name_column_ && name_.size() < kMostKept) {
      name_.push_back(c);
    } else if (column_ == size_column_ && size_.size() < kMostKept) {
      size_.push_back(c);
    } else if (column_ == 0 && first_.size() <= kEnd.size()) {
      first_.push_back(c);
    }
  }
}

void AttachmentScanner::EndRow() {
  if (column_ == 0 && first_ == kEnd) complete_ = true;
  if (!complete_ && !name_.empty() && name_ != kNull) {
    std::optional<ByteCount> size;
    ByteCount number = 0;
    const auto [end, error] = std::from_chars(size_.data(), size_.data() + size_.size(), number);
    if (error == std::errc()) size = number;
    files_.insert_or_assign(std::move(name_), size);
  }
  column_ = 0;
  first_.clear();
  name_.clear();
  size_.clear();
}

Result<std::size_t> AttachmentTap::Read(const Context& ctx, ByteSpan into) {
  ASSIGN_OR_RETURN(const std::size_t count, from_.Read(ctx, into));
  See(TextOf(into.first(count)));
  return count;
}

void AttachmentTap::See(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const bool whole = end != std::string_view::npos;
    const std::string_view piece = text.substr(0, whole ? end + 1 : end);
    if (place_ == Place::kAttachments) scanner_.Feed(piece);
    const std::size_t room = kMostHead - std::min(head_.size(), kMostHead);
    head_ += piece.substr(0, std::min(room, piece.size() - (whole ? 1 : 0)));
    if (whole) EndLine();
    text.remove_prefix(piece.size());
  }
}

void AttachmentTap::EndLine() {
  if (place_ != Place::kOutside) {
    if (head_ == kEnd) place_ = Place::kOutside;
  } else if (IsCopy(head_)) {
    place_ = scanner_.Begin(head_) ? Place::kAttachments : Place::kCopy;
  }
  head_.clear();
}

}  // namespace reprise::archive
