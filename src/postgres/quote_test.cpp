#include "postgres/quote.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace reprise::postgres {
namespace {

std::string WithoutZeros(std::string text) {
  std::erase(text, '\0');
  return text;
}

// Reads what stands between the quotes as PostgreSQL's scanner does; nullopt when the quoted thing
// ends before `sql` does, or not at all.
std::optional<std::string> Scanned(std::string_view sql, char quote, bool backslash_escapes) {
  if (sql.size() < 2 || sql.front() != quote) return std::nullopt;
  std::string text;
  for (std::size_t i = 1; i < sql.size(); ++i) {
    if (backslash_escapes && sql[i] == '\\') {
      if (++i == sql.size() || sql[i] != '\\') return std::nullopt;
    } else if (sql[i] == quote) {
      if (i + 1 == sql.size()) return text;
      if (sql[++i] != quote) return std::nullopt;
    }
    text.push_back(sql[i]);
  }
  return std::nullopt;
}

std::optional<std::string> ScannedText(std::string_view sql) {
  if (sql.starts_with('E')) return Scanned(sql.substr(1), '\'', true);
  // Without the E a backslash means one thing or another, by a setting of the server.
  if (sql.find('\\') != std::string_view::npos) return std::nullopt;
  return Scanned(sql, '\'', false);
}

rc::Gen<std::string> NastyText() {
  return rc::gen::container<std::string>(rc::gen::oneOf(
      rc::gen::elementOf(std::string("'\"\\;-$:\nE") + '\0'), rc::gen::arbitrary<char>()));
}

TEST(QuoteName, DoublesInnerQuotes) {
  EXPECT_EQ(QuoteName("prod-main"), "\"prod-main\"");
  EXPECT_EQ(QuoteName("a\"; DROP DATABASE x; --"), "\"a\"\"; DROP DATABASE x; --\"");
  EXPECT_EQ(QuoteName("it's \\"), "\"it's \\\"");
}

TEST(QuoteText, DoublesInnerQuotesAndSaysWhenBackslashesCount) {
  EXPECT_EQ(QuoteText("shop"), "'shop'");
  EXPECT_EQ(QuoteText(""), "''");
  EXPECT_EQ(QuoteText("it's"), "'it''s'");
  EXPECT_EQ(QuoteText("a\\b"), "E'a\\\\b'");
  EXPECT_EQ(QuoteText("\\'; DROP TABLE x"), "E'\\\\''; DROP TABLE x'");
}

TEST(Quote, LeavesOutZeroBytes) {
  EXPECT_EQ(QuoteName(std::string_view("a\0b", 3)), "\"ab\"");
  EXPECT_EQ(QuoteText(std::string_view("a\0b", 3)), "'ab'");
}

RC_GTEST_PROP(QuoteName, AnyNameIsOneIdentifierThatReadsBack, ()) {
  const std::string name = *NastyText();
  RC_ASSERT(Scanned(QuoteName(name), '"', false) == WithoutZeros(name));
}

RC_GTEST_PROP(QuoteText, AnyTextIsOneLiteralThatReadsBack, ()) {
  const std::string text = *NastyText();
  RC_ASSERT(ScannedText(QuoteText(text)) == WithoutZeros(text));
}

}  // namespace
}  // namespace reprise::postgres
