#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "archive/archive_samples.hpp"
#include "archive/sql_filter.hpp"

namespace reprise::archive {
namespace {

Result<std::string> Filtered(const std::string& sql,
                             const std::vector<std::size_t>& pieces = {1 << 20}) {
  PieceReader reader(sql, pieces);
  SqlFilter filter(reader);
  return ReadAll(Context(), filter, 100 << 20);
}

// However the input is cut into pieces, the output is the same.
RC_GTEST_PROP(SqlFilter, IsTheSameForAnyPieces, ()) {
  const auto sizes = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 300)));
  const std::string one = Fixture("dump-pg15-inserts.sql");
  RC_ASSERT(Filtered(one, sizes).value_or("failed") == Filtered(one).value_or("refused"));
  const std::string two = Fixture("dump-pg15.sql");
  RC_ASSERT(Filtered(two, sizes).value_or("failed") == Filtered(two).value_or("refused"));
}

// Fragments that meet in every order: the outcome, text or refusal, never depends on the pieces.
RC_GTEST_PROP(SqlFilter, DecidesTheSameForAnyPieces, ()) {
  const auto fragment = rc::gen::element<std::string>(
      "'", "\"", "$$", "$a$", "E'", "\\", "\\.", "\n", "\r", ";", "--", "/*", "*/",
      "COPY t FROM stdin;", "\n\\.\n", "GRANT x TO y", "SELECT", "(", ")", "a", "1", "e", "$1", "-",
      "/", "*", " ", "CREATE FUNCTION", "BEGIN", "END", "INSERT");
  const auto fragments = *rc::gen::container<std::vector<std::string>>(fragment);
  std::string sql;
  for (const std::string& text : fragments) sql += text;
  const auto whole = Filtered(sql);
  const auto pieces = Filtered(sql, {1});
  RC_ASSERT(whole.has_value() == pieces.has_value());
  if (whole) {
    RC_ASSERT(*whole == *pieces);
  } else {
    RC_ASSERT(whole.error().message == pieces.error().message);
  }
}

}  // namespace
}  // namespace reprise::archive
