#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "archive/sql_statement.hpp"
#include "base/stream.hpp"

namespace reprise::archive {

enum class SqlEventKind {
  kStatement,  // SqlScanner::statement()
  kPiece,      // the beginning of an INSERT too long to be held; more pieces and its end follow
  kPieceEnd,   // the last of it
  kCopyData,   // data of COPY, with the rest of the COPY line before and "\." after it
  kText,       // blank space and comments that no statement follows
  kEnd,
};

struct SqlEvent {
  SqlEventKind kind = SqlEventKind::kEnd;
  std::string_view text;  // good until the next call
};

// Splits a dump in SQL into statements and COPY data exactly as psql does (its psqlscan.l, of all
// versions since 9.0; where those differ the text is kArchiveHostile), because whoever makes psql
// and us see different ends of a quote gets psql to run commands. Every psql command but \restrict
// and \unrestrict, which are left out, is kArchiveHostile with its line; a dump that ends within
// something is kArchiveCorrupt. Memory is bounded: a statement other than INSERT above 64 MiB is
// kArchiveHostile. Assumes standard_conforming_strings on and an ASCII-safe encoding.
class SqlScanner {
 public:
  explicit SqlScanner(ByteReader& from) : from_(from) {}

  [[nodiscard]] Result<SqlEvent> Next(const Context& ctx);
  // The last kStatement; its text is good until the next call of Next.
  [[nodiscard]] const SqlStatement& statement() const { return statement_; }
  // Whether pg_dump's closing comment was met.
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  enum class Inside { kNothing, kLineComment, kBlockComment, kQuote, kEscapeQuote, kName, kDollar };
  enum class Step { kGoOn, kNeedInput, kStatementEnd, kCommand };

  static constexpr std::size_t kFirstWords = 4;

  Result<Step> Lex();
  Result<Step> LexPlain();
  Step LexLineComment();
  Step LexBlockComment();
  Step LexQuote(char quote, SqlTokenKind kind);
  Step LexEscapeQuote();
  Step LexDollarQuote();
  Result<Step> LexDollar();
  Result<Step> LexNumber();
  Step LexWord();
  Step LexSymbol(char c);
  void Open(Inside inside, std::size_t quote_bytes);
  Step CloseQuote(SqlTokenKind kind, std::size_t quote_bytes);
  void AddToken(SqlTokenKind kind, std::string_view text, std::size_t at);
  void FollowWord(const std::string& word);

  Status SkipByteOrderMark(const Context& ctx);
  Result<SqlEvent> EndStatement();
  Result<SqlEvent> EndInput();
  Result<SqlEvent> FlushPiece();
  Result<SqlEvent> NextCopyData(const Context& ctx);
  Result<std::size_t> CopyLineEnd(const Context& ctx);
  // Ends at the marker, or at the last whole line that is there; 0 = more input is needed.
  Result<std::size_t> CopyPieceEnd();
  SqlEvent CopyPiece(std::size_t end);
  Status TakeRestrict(const Context& ctx);
  Status Refill(const Context& ctx);
  void Consume();
  void StartStatement();
  // Whether more input must be read before At(at) tells the truth; '\0' is past the end.
  [[nodiscard]] bool Lacks(std::size_t at) const { return at >= buffer_.size() && !ended_; }
  [[nodiscard]] char At(std::size_t at) const { return at < buffer_.size() ? buffer_[at] : '\0'; }
  [[nodiscard]] std::size_t Line(std::size_t at) const;

  ByteReader& from_;
  std::string buffer_;
  std::size_t start_ = 0;  // of the current statement or piece, in buffer_
  std::size_t pos_ = 0;    // the next byte to look at
  std::size_t end_ = 0;    // of the last event's text
  std::size_t line_ = 1;   // at start_
  char before_ = '\n';     // the byte before start_
  bool begun_ = false;
  bool ended_ = false;  // the input
  bool in_copy_ = false;
  bool copy_begins_ = false;    // the COPY line is not yet over
  bool at_line_start_ = false;  // within COPY data

  Inside inside_ = Inside::kNothing;
  int comment_depth_ = 0;
  std::string dollar_tag_;       // "$tag$"
  std::size_t outer_start_ = 0;  // of the quote or comment, in buffer_
  std::size_t inner_start_ = 0;  // of what it holds
  bool after_escape_quote_ = false;
  int depth_ = 0;        // of parentheses
  int begin_depth_ = 0;  // of BEGIN ATOMIC … END
  std::vector<std::string> first_words_;
  std::size_t first_token_ = 0;
  bool has_token_ = false;
  bool in_pieces_ = false;
  SqlStatement statement_;
  std::string restrict_key_;
  bool unrestricted_ = false;
  bool complete_ = false;
};

}  // namespace reprise::archive
