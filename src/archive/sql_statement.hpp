#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace reprise::archive {

enum class SqlTokenKind {
  kWord,    // a keyword or plain name; text in upper case
  kName,    // "quoted", text without the quotes
  kString,  // 'literal', E'literal' or $$literal$$, text without the quotes
  kNumber,
  kSymbol,  // one character
};

struct SqlToken {
  SqlTokenKind kind = SqlTokenKind::kSymbol;
  std::string text;  // the first 64 bytes
};

// One statement of a dump in SQL.
struct SqlStatement {
  std::string_view text;         // all since the statement before, with its ";"
  std::size_t first_token = 0;   // where it begins in `text`, past blank space and comments
  std::size_t line = 0;          // where that is in the dump, from 1
  std::vector<SqlToken> tokens;  // the first 256 outside parentheses

  [[nodiscard]] bool IsWord(std::size_t at, std::string_view word) const {
    return at < tokens.size() && tokens[at].kind == SqlTokenKind::kWord && tokens[at].text == word;
  }
  // Whether the tokens from `at` on are these words.
  [[nodiscard]] bool AreWords(std::size_t at, std::initializer_list<std::string_view> words) const {
    for (const std::string_view word : words) {
      if (!IsWord(at++, word)) return false;
    }
    return true;
  }
};

// "CREATE EXTENSION pg_trgm", for messages.
[[nodiscard]] std::string Beginning(const SqlStatement& statement);

// kArchiveHostile that names the line: "line 12 of the dump: …".
[[nodiscard]] tl::unexpected<Error> HostileSql(std::size_t line, std::string_view why);

// Whether COPY data follows the statement. COPY in any other form than "FROM stdin" is
// kArchiveHostile: no dump holds it, and it reaches for files or programs of the server.
[[nodiscard]] Result<bool> StartsCopyData(const SqlStatement& statement);

}  // namespace reprise::archive
