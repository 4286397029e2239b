#include "archive/sql_scanner.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "archive/printable.hpp"
#include "archive/sql_characters.hpp"

namespace reprise::archive {
namespace {

constexpr std::size_t kInputBytes = 256 * 1024;
constexpr std::size_t kMostStatement = 64 << 20;
constexpr std::size_t kPieceBytes = 4 << 20;
constexpr std::string_view kComplete = "PostgreSQL database dump complete";

std::size_t CountLines(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

tl::unexpected<Error> CutOff(std::size_t line, std::string_view where) {
  return Fail(ErrorCode::kArchiveCorrupt,
              fmt::format("the dump is cut off in line {}, within {}", line, where),
              "make the backup again, or use another one");
}

}  // namespace

std::size_t SqlScanner::Line(std::size_t at) const {
  return line_ + CountLines(std::string_view(buffer_).substr(start_, at - start_));
}

// Gives up what the last event held.
void SqlScanner::Consume() {
  if (end_ == start_) return;
  line_ += CountLines(std::string_view(buffer_).substr(start_, end_ - start_));
  before_ = buffer_[end_ - 1];
  start_ = end_;
}

Status SqlScanner::Refill(const Context& ctx) {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    pos_ -= start_;
    inner_start_ -= std::min(inner_start_, start_);
    first_token_ -= std::min(first_token_, start_);
    outer_start_ -= std::min(outer_start_, start_);
    end_ = 0;
    start_ = 0;
  }
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kInputBytes);
  auto count =
      from_.Read(ctx, std::as_writable_bytes(std::span(buffer_.data() + before, kInputBytes)));
  buffer_.resize(before + count.value_or(0));
  if (!count) return Fail(std::move(count.error()));
  ended_ = *count == 0;
  const std::size_t zero = buffer_.find('\0', before);
  if (zero != std::string::npos) return HostileSql(Line(zero), "a zero byte: no dump holds one");
  return {};
}

void SqlScanner::StartStatement() {
  statement_ = SqlStatement();
  first_words_.clear();
  has_token_ = false;
  in_pieces_ = false;
  after_escape_quote_ = false;
  depth_ = 0;
  begin_depth_ = 0;
}

// psql passes over one at the beginning of a file.
Status SqlScanner::SkipByteOrderMark(const Context& ctx) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (begun_) return {};
  while (buffer_.size() < kMark.size() && !ended_) RETURN_IF_ERROR(Refill(ctx));
  if (buffer_.starts_with(kMark)) buffer_.erase(0, kMark.size());
  begun_ = true;
  return {};
}

Result<SqlEvent> SqlScanner::Next(const Context& ctx) {
  Consume();
  if (in_copy_) return NextCopyData(ctx);
  RETURN_IF_ERROR(SkipByteOrderMark(ctx));
  if (!in_pieces_) StartStatement();
  while (true) {
    ASSIGN_OR_RETURN(const Step step, Lex());
    if (step == Step::kStatementEnd) return EndStatement();
    if (step == Step::kCommand) {
      RETURN_IF_ERROR(TakeRestrict(ctx));
      continue;
    }
    if (ended_ && pos_ >= buffer_.size()) return EndInput();
    const std::size_t held = pos_ - start_;
    if (held >= kPieceBytes && statement_.IsWord(0, "INSERT") && inside_ != Inside::kLineComment) {
      return FlushPiece();
    }
    if (buffer_.size() - start_ > kMostStatement) {
      return HostileSql(line_, "a statement of more than 64 MiB");
    }
    RETURN_IF_ERROR(Refill(ctx));
  }
}

Result<SqlEvent> SqlScanner::FlushPiece() {
  in_pieces_ = true;
  end_ = pos_;
  return SqlEvent{SqlEventKind::kPiece, std::string_view(buffer_).substr(start_, end_ - start_)};
}

Result<SqlEvent> SqlScanner::EndStatement() {
  end_ = pos_;
  const std::string_view text = std::string_view(buffer_).substr(start_, end_ - start_);
  if (in_pieces_) {
    in_pieces_ = false;
    return SqlEvent{SqlEventKind::kPieceEnd, text};
  }
  statement_.text = text;
  statement_.first_token = first_token_ - start_;
  statement_.line = Line(first_token_);
  ASSIGN_OR_RETURN(in_copy_, StartsCopyData(statement_));
  copy_begins_ = in_copy_;
  return SqlEvent{SqlEventKind::kStatement, text};
}

Result<SqlEvent> SqlScanner::EndInput() {
  if (inside_ == Inside::kLineComment) {
    if (std::string_view(buffer_).substr(inner_start_).find(kComplete) != std::string::npos) {
      complete_ = true;
    }
  } else if (inside_ != Inside::kNothing) {
    return CutOff(Line(inner_start_), inside_ == Inside::kBlockComment ? "a comment" : "a quote");
  }
  if (has_token_ || in_pieces_) return CutOff(Line(pos_), "a statement");
  end_ = pos_;
  if (end_ == start_) return SqlEvent{SqlEventKind::kEnd, {}};
  return SqlEvent{SqlEventKind::kText, std::string_view(buffer_).substr(start_)};
}

// Past the rest of the COPY line. psql would run what stands there after the data.
Result<std::size_t> SqlScanner::CopyLineEnd(const Context& ctx) {
  while (true) {
    const std::size_t at = buffer_.find_first_not_of(" \t\r", start_);
    if (at == std::string::npos) {
      if (ended_) return CutOff(line_, "a COPY statement");
      RETURN_IF_ERROR(Refill(ctx));
      continue;
    }
    if (buffer_[at] == '\n') return at + 1;
    return HostileSql(line_, "something follows COPY on its line");
  }
}

SqlEvent SqlScanner::CopyPiece(std::size_t end) {
  end_ = end;
  pos_ = end;
  at_line_start_ = buffer_[end - 1] == '\n';
  return SqlEvent{SqlEventKind::kCopyData, std::string_view(buffer_).substr(start_, end_ - start_)};
}

Result<std::size_t> SqlScanner::CopyPieceEnd() {
  constexpr std::string_view kMarker = "\\.";
  const std::string_view data = std::string_view(buffer_).substr(start_);
  if (at_line_start_ && data.starts_with(kMarker)) {
    const std::string_view rest = data.substr(kMarker.size());
    const bool crlf = rest.starts_with("\r\n");
    if (crlf || rest.starts_with('\n') || (ended_ && rest.empty())) {
      in_copy_ = false;
      return start_ + kMarker.size() + (crlf ? 2 : rest.empty() ? 0 : 1);
    }
    if (rest.size() < 2 && !ended_) return 0;
    at_line_start_ = false;  // an ordinary line that begins so
  } else if (at_line_start_ && data.size() < kMarker.size() && !ended_) {
    return 0;
  }
  const std::size_t before_marker = data.find("\n\\.");
  if (before_marker != std::string_view::npos) return start_ + before_marker + 1;
  const std::size_t last_line = data.rfind('\n');
  if (last_line != std::string_view::npos) return start_ + last_line + 1;
  if (ended_) return CutOff(line_, "the data of COPY");
  return data.size() >= kInputBytes ? start_ + data.size() : 0;
}

Result<SqlEvent> SqlScanner::NextCopyData(const Context& ctx) {
  if (copy_begins_) {
    ASSIGN_OR_RETURN(const std::size_t end, CopyLineEnd(ctx));
    copy_begins_ = false;
    return CopyPiece(end);
  }
  while (true) {
    ASSIGN_OR_RETURN(const std::size_t end, CopyPieceEnd());
    if (end > start_) return CopyPiece(end);
    RETURN_IF_ERROR(Refill(ctx));
  }
}

// pg_dump's own \restrict KEY and \unrestrict KEY lines are passed over; any other command is
// refused.
Status SqlScanner::TakeRestrict(const Context& ctx) {
  const auto refuse = [&] {
    const std::string_view line = std::string_view(buffer_).substr(pos_, 40);
    auto failure = HostileSql(Line(pos_), fmt::format("the psql command {}: no dump holds it",
                                                      Printable(line.substr(0, line.find('\n')))));
    if (line.starts_with("\\connect")) {
      failure.value().hint =
          "the dump was made with pg_dump --create or pg_dumpall: make one of a single database, "
          "without --create";
    }
    return failure;
  };
  const std::size_t line_end = buffer_.find('\n', pos_);
  if (line_end == std::string::npos && !ended_ && buffer_.size() - pos_ < kInputBytes) {
    return Refill(ctx);
  }
  std::string_view line = std::string_view(buffer_).substr(pos_, line_end - pos_);
  const bool at_start = (pos_ == start_ ? before_ : buffer_[pos_ - 1]) == '\n';
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t space = line.find(' ');
  if (has_token_ || !at_start || space == std::string_view::npos) return refuse();
  const std::string_view command = line.substr(0, space);
  const std::string_view key = line.substr(space + 1);
  const bool plain_key = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return IsDigit(c) || (IsWordStart(c) && static_cast<unsigned char>(c) < 0x80);
  });
  if (!plain_key) return refuse();
  if (command == "\\restrict" && restrict_key_.empty()) {
    restrict_key_ = key;
  } else if (command == "\\unrestrict" && key == restrict_key_ && !unrestricted_) {
    unrestricted_ = true;
  } else {
    return refuse();
  }
  // The line is cut out, its line feed stays.
  buffer_.erase(pos_, line.size());
  return {};
}

}  // namespace reprise::archive
