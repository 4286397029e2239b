#include "archive/sql_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace reprise::archive {
namespace {

using Words = std::initializer_list<std::string_view>;

bool IsAnyWord(const SqlStatement& statement, std::size_t at, Words words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return statement.IsWord(at, word); });
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// A name as the server sees it: folded to lower case unless quoted. Empty for other tokens.
std::string NameAt(const SqlStatement& statement, std::size_t at) {
  if (at >= statement.tokens.size()) return {};
  const SqlToken& token = statement.tokens[at];
  if (token.kind == SqlTokenKind::kWord) return Lower(token.text);
  if (token.kind != SqlTokenKind::kName) return {};
  std::string name = token.text;
  for (std::size_t quote = name.find("\"\""); quote != std::string::npos;
       quote = name.find("\"\"", quote + 1)) {
    name.erase(quote, 1);
  }
  return name;
}

// Past SET and SESSION or LOCAL.
std::size_t SettingAt(const SqlStatement& statement) {
  return IsAnyWord(statement, 1, {"SESSION", "LOCAL"}) ? 2 : 1;
}

// The value after "=" or TO, in lower case.
std::string SettingValue(const SqlStatement& statement, std::size_t setting) {
  const std::size_t at = setting + 2;
  if (at >= statement.tokens.size()) return {};
  return Lower(statement.tokens[at].text);
}

std::size_t AfterCreate(const SqlStatement& statement) {
  std::size_t at = statement.AreWords(1, {"OR", "REPLACE"}) ? 3 : 1;
  while (IsAnyWord(statement, at, {"TRUSTED", "PROCEDURAL", "GLOBAL", "LOCAL", "UNLOGGED"})) ++at;
  return at;
}

Error Hinted(Error error, std::string_view hint) {
  error.hint = hint;
  return error;
}

tl::unexpected<Error> Refuse(const SqlStatement& statement, std::string_view why,
                             std::string_view hint = {}) {
  auto failure = HostileSql(statement.line, fmt::format("{}: {}", Beginning(statement), why));
  return Fail(Hinted(std::move(failure.value()), hint));
}

constexpr std::string_view kWholeServerHint =
    "the dump was made with pg_dump --create or pg_dumpall: make one of a single database, without "
    "--create";

// Encodings in which a byte of a longer character may look like a quote or a backslash.
bool IsUnsafeEncoding(const std::string& encoding) {
  constexpr std::array<std::string_view, 9> kUnsafe = {
      "sjis", "shiftjis", "mskanji", "big5", "gbk", "uhc", "gb18030", "johab", "shiftjis2004"};
  std::string plain;
  std::copy_if(encoding.begin(), encoding.end(), std::back_inserter(plain),
               [](char c) { return c != '_' && c != '-' && c != ' '; });
  return std::any_of(kUnsafe.begin(), kUnsafe.end(),
                     [&](std::string_view name) { return plain.starts_with(name); }) ||
         plain.starts_with("win932") || plain.starts_with("windows932") ||
         plain.starts_with("win936") || plain.starts_with("windows936") ||
         plain.starts_with("win949") || plain.starts_with("windows949") ||
         plain.starts_with("win950") || plain.starts_with("windows950");
}

Result<SqlVerdict> JudgeSet(const SqlStatement& statement) {
  const std::size_t at = SettingAt(statement);
  if (IsAnyWord(statement, at, {"ROLE", "AUTHORIZATION"}) ||
      statement.AreWords(1, {"SESSION", "AUTHORIZATION"})) {
    return SqlVerdict::kLeaveOut;
  }
  const std::string setting = NameAt(statement, at);
  const std::string value = SettingValue(statement, at);
  if (setting == "standard_conforming_strings" && value != "on") {
    return Refuse(statement, "it would change where quotes end");
  }
  if ((setting == "client_encoding" && IsUnsafeEncoding(value)) || setting == "names") {
    return Refuse(statement, "dumps in this encoding cannot be read safely",
                  "make the dump with pg_dump --encoding=UTF8");
  }
  if (setting == "role" || setting == "session_authorization") return SqlVerdict::kLeaveOut;
  // Unknown to servers older than 17 and 14.
  if (setting == "transaction_timeout" || setting == "idle_session_timeout") {
    return SqlVerdict::kLeaveOut;
  }
  // The target need not have the tablespace.
  if (setting == "default_tablespace" && !value.empty()) return SqlVerdict::kLeaveOut;
  return SqlVerdict::kKeep;
}

bool IsWholeServerThing(const SqlStatement& statement, std::size_t at) {
  return IsAnyWord(statement, at,
                   {"ROLE", "USER", "GROUP", "DATABASE", "TABLESPACE", "SYSTEM", "SUBSCRIPTION",
                    "SERVER"}) ||
         statement.AreWords(at, {"EVENT", "TRIGGER"}) ||
         statement.AreWords(at, {"FOREIGN", "DATA", "WRAPPER"}) ||
         statement.AreWords(at, {"FOREIGN", "TABLE"});
}

// Code that runs with the rights of the server's own process.
Status CheckLanguage(const SqlStatement& statement) {
  for (std::size_t i = 0; i + 1 < statement.tokens.size(); ++i) {
    if (!statement.IsWord(i, "LANGUAGE")) continue;
    const std::string language = Lower(statement.tokens[i + 1].text);
    const bool untrusted = language.starts_with("pl") && language.ends_with('u');
    if (language == "c" || language == "internal" || untrusted) {
      return Refuse(statement, fmt::format("code in the language {}", language));
    }
  }
  return {};
}

Result<SqlVerdict> JudgeCreate(const SqlStatement& statement) {
  const std::size_t at = AfterCreate(statement);
  if (statement.IsWord(at, "EXTENSION")) return SqlVerdict::kLeaveOut;
  if (IsWholeServerThing(statement, at)) {
    return Refuse(statement, "no backup of one database holds that", kWholeServerHint);
  }
  if (statement.IsWord(at, "LANGUAGE")) {
    const std::string language = NameAt(statement, at + 1);
    if (language == "plpgsql" || language == "sql") return SqlVerdict::kLeaveOut;
    return Refuse(statement, "only PL/pgSQL and SQL code is loaded");
  }
  // Every new database has it.
  if (statement.IsWord(at, "SCHEMA") && NameAt(statement, at + 1) == "public") {
    return SqlVerdict::kLeaveOut;
  }
  if (IsAnyWord(statement, at, {"FUNCTION", "PROCEDURE", "AGGREGATE", "TRANSFORM"})) {
    RETURN_IF_ERROR(CheckLanguage(statement));
  }
  return SqlVerdict::kKeep;
}

bool ChangesOwner(const SqlStatement& statement) {
  for (std::size_t i = 2; i + 1 < statement.tokens.size(); ++i) {
    if (statement.AreWords(i, {"OWNER", "TO"}) &&
        !IsAnyWord(statement, i - 1, {"RENAME", "COLUMN", "CONSTRAINT"})) {
      return true;
    }
  }
  return false;
}

Result<SqlVerdict> JudgeAlter(const SqlStatement& statement) {
  if (IsWholeServerThing(statement, 1)) {
    return Refuse(statement, "no backup of one database holds that", kWholeServerHint);
  }
  if (statement.IsWord(1, "EXTENSION") || statement.AreWords(1, {"DEFAULT", "PRIVILEGES"}) ||
      ChangesOwner(statement)) {
    return SqlVerdict::kLeaveOut;
  }
  return SqlVerdict::kKeep;
}

Result<SqlVerdict> JudgeComment(const SqlStatement& statement) {
  if (!statement.IsWord(1, "ON")) return SqlVerdict::kKeep;
  // Only their owners may comment on these.
  const bool foreign = IsAnyWord(statement, 2, {"EXTENSION", "DATABASE"}) ||
                       statement.AreWords(2, {"LANGUAGE"}) ||
                       statement.AreWords(2, {"PROCEDURAL", "LANGUAGE"}) ||
                       (statement.IsWord(2, "SCHEMA") && NameAt(statement, 3) == "public");
  return foreign ? SqlVerdict::kLeaveOut : SqlVerdict::kKeep;
}

}  // namespace

Result<SqlVerdict> JudgeSql(const SqlStatement& statement) {
  if (statement.IsWord(0, "SET")) return JudgeSet(statement);
  if (statement.IsWord(0, "CREATE")) return JudgeCreate(statement);
  if (statement.IsWord(0, "ALTER")) return JudgeAlter(statement);
  if (statement.IsWord(0, "COMMENT")) return JudgeComment(statement);
  if (statement.IsWord(0, "RESET") || IsAnyWord(statement, 0, {"GRANT", "REVOKE"})) {
    return SqlVerdict::kLeaveOut;
  }
  if (statement.IsWord(0, "DROP")) {
    if (IsWholeServerThing(statement, 1)) {
      return Refuse(statement, "no backup of one database holds that", kWholeServerHint);
    }
    return IsAnyWord(statement, 1, {"EXTENSION", "SCHEMA"}) ? SqlVerdict::kLeaveOut
                                                            : SqlVerdict::kKeep;
  }
  if (IsAnyWord(statement, 0, {"LOAD", "IMPORT"})) {
    return Refuse(statement, "no backup of one database holds that");
  }
  return SqlVerdict::kKeep;
}

std::optional<std::string> CreatedExtension(const SqlStatement& statement) {
  if (!statement.AreWords(0, {"CREATE", "EXTENSION"})) return std::nullopt;
  const std::size_t at = statement.AreWords(2, {"IF", "NOT", "EXISTS"}) ? 5 : 2;
  std::string name = NameAt(statement, at);
  if (name.empty()) return std::nullopt;
  return name;
}

std::optional<std::string> ClientEncoding(const SqlStatement& statement) {
  if (!statement.IsWord(0, "SET")) return std::nullopt;
  const std::size_t at = SettingAt(statement);
  if (NameAt(statement, at) != "client_encoding") return std::nullopt;
  return SettingValue(statement, at);
}

}  // namespace reprise::archive
