#include "base/lines.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace reprise {
namespace {

using Lines = std::vector<std::string>;

Lines Written(const std::vector<std::string>& pieces) {
  Lines lines;
  LineWriter writer([&](std::string_view line) { lines.emplace_back(line); });
  for (const std::string& piece : pieces) EXPECT_TRUE(writer.Write(Context(), BytesOf(piece)));
  EXPECT_TRUE(writer.Close(Context()));
  return lines;
}

TEST(LineWriter, CallsForEachLineAlsoTheUnfinishedLastOne) {
  EXPECT_EQ(Written({"one\ntwo\nthr", "ee"}), (Lines{"one", "two", "three"}));
  EXPECT_EQ(Written({"one\n\ntwo\n"}), (Lines{"one", "", "two"}));
  EXPECT_EQ(Written({}), Lines{});
}

TEST(LineWriter, CutsALineThatWouldFillTheMemory) {
  const std::string endless(300'000, 'x');
  const Lines lines = Written({endless, endless, "\nnext\n"});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].size(), 64U * 1024U);
  EXPECT_EQ(lines[1], "next");
}

RC_GTEST_PROP(LineWriter, DoesNotDependOnWhereWritesAreCut, ()) {
  const auto alphabet = rc::gen::elementOf(std::string("ab\n\r "));
  const auto pieces =
      *rc::gen::container<std::vector<std::string>>(rc::gen::container<std::string>(alphabet));
  std::string whole;
  for (const std::string& piece : pieces) whole += piece;
  RC_ASSERT(Written(pieces) == Written({whole}));
}

RC_GTEST_PROP(TailWriter, KeepsTheLastBytesAndNoMore, ()) {
  const auto most = *rc::gen::inRange<std::size_t>(1, 30);
  const auto pieces = *rc::gen::arbitrary<std::vector<std::string>>();
  TailWriter tail(most);
  std::string whole;
  for (const std::string& piece : pieces) {
    RC_ASSERT(tail.Write(Context(), BytesOf(piece)).has_value());
    whole += piece;
  }
  RC_ASSERT(tail.text() == whole.substr(whole.size() - std::min(most, whole.size())));
}

TEST(Split, KeepsEmptyPieces) {
  EXPECT_EQ(Split("a,,b,", ','), (Lines{"a", "", "b", ""}));
  EXPECT_EQ(Split("", ','), Lines{""});
}

RC_GTEST_PROP(Split, JoinedAgainIsTheSameText, (const std::string& text)) {
  std::string joined;
  for (const std::string& piece : Split(text, 'a')) {
    RC_ASSERT(piece.find('a') == std::string::npos);
    joined += piece + "a";
  }
  RC_ASSERT(joined == text + "a");
}

TEST(SplitLines, ALastLineFeedEndsALineAndBeginsNone) {
  EXPECT_EQ(SplitLines("a\nb\n"), (Lines{"a", "b"}));
  EXPECT_EQ(SplitLines("a\nb"), (Lines{"a", "b"}));
  EXPECT_EQ(SplitLines("a\n\n"), (Lines{"a", ""}));
  EXPECT_EQ(SplitLines(""), Lines{});
  EXPECT_EQ(SplitLines("\n"), Lines{});
}

TEST(TrimSpace, TakesSpaceFromBothEndsOnly) {
  EXPECT_EQ(TrimSpace(" \t a b \r\n"), "a b");
  EXPECT_EQ(TrimSpace("ab"), "ab");
  EXPECT_EQ(TrimSpace(" \n "), "");
  EXPECT_EQ(TrimSpace(""), "");
}

}  // namespace
}  // namespace reprise
