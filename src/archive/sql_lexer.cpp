#include <algorithm>

#include "archive/sql_characters.hpp"
#include "archive/sql_scanner.hpp"

// How SqlScanner finds its way through one statement. Each function looks at what is at pos_ and
// steps over it, or asks for more input and leaves pos_ where the next look must begin.
namespace reprise::archive {
namespace {

constexpr std::size_t kMostTokens = 256;
constexpr std::size_t kMostTokenText = 64;
constexpr std::string_view kComplete = "PostgreSQL database dump complete";

std::string Upper(std::string_view text) {
  std::string upper(text.substr(0, kMostTokenText));
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

}  // namespace

Result<SqlScanner::Step> SqlScanner::Lex() {
  while (pos_ < buffer_.size()) {
    Result<Step> step = Step::kGoOn;
    switch (inside_) {
      case Inside::kNothing:
        step = LexPlain();
        break;
      case Inside::kLineComment:
        step = LexLineComment();
        break;
      case Inside::kBlockComment:
        step = LexBlockComment();
        break;
      case Inside::kQuote:
        step = LexQuote('\'', SqlTokenKind::kString);
        break;
      case Inside::kName:
        step = LexQuote('"', SqlTokenKind::kName);
        break;
      case Inside::kEscapeQuote:
        step = LexEscapeQuote();
        break;
      case Inside::kDollar:
        step = LexDollarQuote();
        break;
    }
    if (!step || *step != Step::kGoOn) return step;
  }
  return Step::kNeedInput;
}

void SqlScanner::AddToken(SqlTokenKind kind, std::string_view text, std::size_t at) {
  if (!has_token_) {
    has_token_ = true;
    first_token_ = at;
  }
  after_escape_quote_ = false;
  if (depth_ == 0 && statement_.tokens.size() < kMostTokens) {
    statement_.tokens.push_back({kind, std::string(text.substr(0, kMostTokenText))});
  }
}

// Opens something that `quote_bytes` at pos_ begin.
void SqlScanner::Open(Inside inside, std::size_t quote_bytes) {
  inside_ = inside;
  outer_start_ = pos_;
  inner_start_ = pos_ + quote_bytes;
  pos_ = inner_start_;
}

Result<SqlScanner::Step> SqlScanner::LexPlain() {
  const char c = buffer_[pos_];
  if (IsBlank(c)) {
    ++pos_;
    return Step::kGoOn;
  }
  if (IsWordStart(c)) return LexWord();
  if (IsDigit(c)) return LexNumber();
  switch (c) {
    case '\'':
      // psql's versions differ in whether the second literal has escapes too.
      if (after_escape_quote_) return HostileSql(Line(pos_), "two literals side by side");
      Open(Inside::kQuote, 1);
      return Step::kGoOn;
    case '"':
      Open(Inside::kName, 1);
      return Step::kGoOn;
    case '$':
      return LexDollar();
    case '\\':
      return Step::kCommand;
    case '-':
    case '/':
    case '.':
      if (Lacks(pos_ + 1)) return Step::kNeedInput;
      break;
    default:
      break;
  }
  const char next = At(pos_ + 1);
  if (c == '-' && next == '-') {
    Open(Inside::kLineComment, 2);
  } else if (c == '/' && next == '*') {
    Open(Inside::kBlockComment, 2);
    comment_depth_ = 1;
  } else if (c == '.' && IsDigit(next)) {
    return LexNumber();
  } else {
    return LexSymbol(c);
  }
  return Step::kGoOn;
}

SqlScanner::Step SqlScanner::LexSymbol(char c) {
  if (c == ')' && depth_ > 0) --depth_;
  AddToken(SqlTokenKind::kSymbol, std::string_view(&c, 1), pos_);
  if (c == '(') ++depth_;
  ++pos_;
  return c == ';' && depth_ == 0 && begin_depth_ == 0 ? Step::kStatementEnd : Step::kGoOn;
}

// psql ends a comment at either kind of line end.
SqlScanner::Step SqlScanner::LexLineComment() {
  const std::size_t end = buffer_.find_first_of("\n\r", pos_);
  if (end == std::string::npos) {
    pos_ = buffer_.size();
    return Step::kNeedInput;
  }
  const std::string_view comment =
      std::string_view(buffer_).substr(inner_start_, end - inner_start_);
  if (comment.find(kComplete) != std::string_view::npos) complete_ = true;
  pos_ = end;
  inside_ = Inside::kNothing;
  return Step::kGoOn;
}

SqlScanner::Step SqlScanner::LexBlockComment() {
  while (true) {
    pos_ = std::min(buffer_.find_first_of("*/", pos_), buffer_.size());
    if (pos_ == buffer_.size() || Lacks(pos_ + 1)) return Step::kNeedInput;
    const char next = At(pos_ + 1);
    if (buffer_[pos_] == '/' && next == '*') {
      ++comment_depth_;
      pos_ += 2;
    } else if (buffer_[pos_] == '*' && next == '/') {
      pos_ += 2;
      if (--comment_depth_ > 0) continue;
      inside_ = Inside::kNothing;
      return Step::kGoOn;
    } else {
      ++pos_;
    }
  }
}

SqlScanner::Step SqlScanner::CloseQuote(SqlTokenKind kind, std::size_t quote_bytes) {
  AddToken(kind, std::string_view(buffer_).substr(inner_start_, pos_ - inner_start_), outer_start_);
  pos_ += quote_bytes;
  inside_ = Inside::kNothing;
  return Step::kGoOn;
}

// Within '…' or "…", where only the doubled quote means itself.
SqlScanner::Step SqlScanner::LexQuote(char quote, SqlTokenKind kind) {
  while (true) {
    pos_ = std::min(buffer_.find(quote, pos_), buffer_.size());
    if (pos_ == buffer_.size() || Lacks(pos_ + 1)) return Step::kNeedInput;
    if (At(pos_ + 1) != quote) return CloseQuote(kind, 1);
    pos_ += 2;
  }
}

SqlScanner::Step SqlScanner::LexEscapeQuote() {
  while (true) {
    pos_ = std::min(buffer_.find_first_of("'\\", pos_), buffer_.size());
    if (pos_ == buffer_.size() || Lacks(pos_ + 1)) return Step::kNeedInput;
    if (buffer_[pos_] == '\'' && At(pos_ + 1) != '\'') break;
    pos_ = std::min(pos_ + 2, buffer_.size());
  }
  const Step step = CloseQuote(SqlTokenKind::kString, 1);
  after_escape_quote_ = true;
  return step;
}

SqlScanner::Step SqlScanner::LexDollarQuote() {
  const std::size_t end = buffer_.find(dollar_tag_, pos_);
  if (end == std::string::npos) {
    const std::size_t tail = ended_ ? 0 : dollar_tag_.size() - 1;
    pos_ = std::max(pos_, buffer_.size() - std::min(tail, buffer_.size()));
    return Step::kNeedInput;
  }
  pos_ = end;
  return CloseQuote(SqlTokenKind::kString, dollar_tag_.size());
}

// "$1", the "$tag$" that opens a quote, or a lone "$".
Result<SqlScanner::Step> SqlScanner::LexDollar() {
  std::size_t end = pos_ + 1;
  if (Lacks(end)) return Step::kNeedInput;
  const bool parameter = IsDigit(At(end));
  while (parameter ? IsDigit(At(end)) : IsTagCharacter(At(end))) ++end;
  if (Lacks(end)) return Step::kNeedInput;
  if (parameter) {
    // "$1a$b$": psql's versions differ in what that is.
    if (IsWordCharacter(At(end))) return HostileSql(Line(pos_), "a malformed parameter");
    AddToken(SqlTokenKind::kNumber, std::string_view(buffer_).substr(pos_, end - pos_), pos_);
    pos_ = end;
    return Step::kGoOn;
  }
  if (At(end) != '$') return LexSymbol('$');
  dollar_tag_ = buffer_.substr(pos_, end + 1 - pos_);
  Open(Inside::kDollar, dollar_tag_.size());
  return Step::kGoOn;
}

// psql's versions differ in where "1a", "1e-" and the like end, so what follows must be harmless.
Result<SqlScanner::Step> SqlScanner::LexNumber() {
  std::size_t end = pos_;
  while (IsTagCharacter(At(end)) || At(end) == '.') ++end;
  if (Lacks(end) || Lacks(end + 1)) return Step::kNeedInput;
  const char last = buffer_[end - 1];
  const char next = At(end);
  const bool exponent = (last == 'e' || last == 'E') && (next == '+' || next == '-');
  if (next == '\'' || next == '"' || next == '$' || (exponent && !IsDigit(At(end + 1)))) {
    return HostileSql(Line(pos_), "a malformed number");
  }
  AddToken(SqlTokenKind::kNumber, std::string_view(buffer_).substr(pos_, end - pos_), pos_);
  pos_ = end;
  return Step::kGoOn;
}

SqlScanner::Step SqlScanner::LexWord() {
  std::size_t end = pos_ + 1;
  while (IsWordCharacter(At(end))) ++end;
  if (Lacks(end)) return Step::kNeedInput;
  const std::string_view word = std::string_view(buffer_).substr(pos_, end - pos_);
  if ((word == "E" || word == "e") && At(end) == '\'') {
    Open(Inside::kEscapeQuote, 2);
    return Step::kGoOn;
  }
  if (depth_ == 0 || first_words_.size() < kFirstWords) FollowWord(Upper(word));
  pos_ = end;
  return Step::kGoOn;
}

// Within the body of CREATE FUNCTION … BEGIN ATOMIC … END a ";" ends no statement; psql knows that
// by the first words and counts BEGIN, CASE and END.
void SqlScanner::FollowWord(const std::string& word) {
  const auto is = [this](std::size_t at, std::string_view expected) {
    return at < first_words_.size() && first_words_[at] == expected;
  };
  const std::size_t kind = is(1, "OR") && is(2, "REPLACE") ? 3 : 1;
  const bool routine = is(0, "CREATE") && (is(kind, "FUNCTION") || is(kind, "PROCEDURE"));
  if (routine && depth_ == 0) {
    if (word == "BEGIN" || (word == "CASE" && begin_depth_ > 0)) ++begin_depth_;
    if (word == "END" && begin_depth_ > 0) --begin_depth_;
  }
  if (first_words_.size() < kFirstWords) first_words_.push_back(word);
  AddToken(SqlTokenKind::kWord, word, pos_);
}

}  // namespace reprise::archive
