#include "archive/sql_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "archive/sql_rules.hpp"
#include "archive/sql_scanner.hpp"

namespace reprise::archive {
namespace {

// Statements that are left out leave their line feeds, so that psql's line numbers stay the dump's.
std::string LineFeedsOf(std::string_view text) {
  return std::string(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), '\n');
}

bool IsPlainWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

struct SqlFilter::State {
  explicit State(ByteReader& from) : scanner(from) {}

  SqlScanner scanner;
  std::vector<std::string> extensions;
  std::string encoding;
  std::string out;
  std::size_t out_at = 0;
  bool in_pieces = false;
  bool ended = false;

  // A dump can change by stealth (in a function that it calls) how psql reads quotes, so that a
  // backslash that we see within one is outside for psql. Before each statement with a backslash
  // the settings are therefore told again, on a line before it.
  void AppendGuard(std::string_view before_first_token) {
    out += " SET standard_conforming_strings = on;";
    if (!encoding.empty()) out += fmt::format(" SET client_encoding = '{}';", encoding);
    if (before_first_token.find('\n') == std::string_view::npos) out += '\n';
  }
  Status TakeStatement() {
    const SqlStatement& statement = scanner.statement();
    ASSIGN_OR_RETURN(const SqlVerdict verdict, JudgeSql(statement));
    if (auto extension = CreatedExtension(statement)) extensions.push_back(*std::move(extension));
    if (verdict == SqlVerdict::kLeaveOut) {
      out += LineFeedsOf(statement.text);
      return {};
    }
    if (auto set = ClientEncoding(statement)) {
      encoding = IsPlainWord(*set) ? *std::move(set) : std::string();
    }
    if (statement.text.find('\\') != std::string_view::npos) {
      AppendGuard(statement.text.substr(0, statement.first_token));
    }
    out += statement.text;
    return {};
  }
  Status Advance(const Context& ctx) {
    ASSIGN_OR_RETURN(const SqlEvent event, scanner.Next(ctx));
    out.clear();
    out_at = 0;
    switch (event.kind) {
      case SqlEventKind::kStatement:
        return TakeStatement();
      case SqlEventKind::kPiece:
        if (!in_pieces) AppendGuard({});
        in_pieces = true;
        break;
      case SqlEventKind::kEnd:
        ended = true;
        break;
      case SqlEventKind::kPieceEnd:
        in_pieces = false;
        break;
      case SqlEventKind::kCopyData:
      case SqlEventKind::kText:
        break;
    }
    out += event.text;
    return {};
  }
};

SqlFilter::SqlFilter(ByteReader& from) : state_(std::make_unique<State>(from)) {}
SqlFilter::~SqlFilter() = default;

const std::vector<std::string>& SqlFilter::extensions() const { return state_->extensions; }
bool SqlFilter::complete() const { return state_->scanner.complete(); }

Result<std::size_t> SqlFilter::Read(const Context& ctx, ByteSpan into) {
  State& s = *state_;
  std::size_t filled = 0;
  while (filled < into.size()) {
    if (s.out_at == s.out.size()) {
      // Statements are small: gather them instead of handing out one at a time.
      if (s.ended) break;
      RETURN_IF_ERROR(s.Advance(ctx));
      continue;
    }
    const std::size_t count = std::min(into.size() - filled, s.out.size() - s.out_at);
    std::memcpy(into.data() + filled, s.out.data() + s.out_at, count);
    s.out_at += count;
    filled += count;
  }
  return filled;
}

Result<std::vector<std::string>> ExtensionsInPreamble(const Context& ctx, ByteReader& sql) {
  SqlScanner scanner(sql);
  std::vector<std::string> extensions;
  while (true) {
    ASSIGN_OR_RETURN(const SqlEvent event, scanner.Next(ctx));
    if (event.kind == SqlEventKind::kText) continue;
    if (event.kind != SqlEventKind::kStatement) return extensions;
    const SqlStatement& statement = scanner.statement();
    if (statement.AreWords(0, {"CREATE", "TABLE"}) || statement.IsWord(0, "COPY")) {
      return extensions;
    }
    if (auto extension = CreatedExtension(statement)) extensions.push_back(*std::move(extension));
  }
}

}  // namespace reprise::archive
