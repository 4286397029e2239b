#include "archive/sql_statement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "archive/printable.hpp"

namespace reprise::archive {

std::string Beginning(const SqlStatement& statement) {
  constexpr std::size_t kMostTokens = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMostTokens, statement.tokens.size()); ++i) {
    const SqlToken& token = statement.tokens[i];
    if (token.kind == SqlTokenKind::kString || token.text == ";") break;
    if (!text.empty()) text += ' ';
    text += token.text;
  }
  return Printable(text);
}

tl::unexpected<Error> HostileSql(std::size_t line, std::string_view why) {
  return Fail(ErrorCode::kArchiveHostile, fmt::format("line {} of the dump: {}", line, why));
}

Result<bool> StartsCopyData(const SqlStatement& statement) {
  if (!statement.IsWord(0, "COPY")) return false;
  for (std::size_t i = 1; i < statement.tokens.size(); ++i) {
    if (statement.AreWords(i, {"FROM", "STDIN"})) return true;
    if (statement.IsWord(i, "FROM") || statement.IsWord(i, "TO")) break;
  }
  return HostileSql(statement.line,
                    "COPY that does not read from the dump itself; it would reach for a file or "
                    "program of the database server");
}

}  // namespace reprise::archive
