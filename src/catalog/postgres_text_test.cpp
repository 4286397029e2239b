#include "catalog/postgres_text.hpp"

#include <gtest/gtest.h>

namespace reprise::catalog {
namespace {

TEST(StorableText, LeavesWholeTextAlone) {
  const std::string text =
      "a\n\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF \xF4\x8F\xBF\xBF";
  EXPECT_EQ(StorableText(text), text);
}

TEST(StorableText, ReplacesWhatPostgresRefuses) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(StorableText(std::string_view("a\0b", 3)), "a" + mark + "b");
  EXPECT_EQ(StorableText("\xE9t\xE9"), mark + "t" + mark);                 // Latin 1
  EXPECT_EQ(StorableText("x\xE2\x82"), "x" + mark + mark);                 // cut
  EXPECT_EQ(StorableText("\xC0\xAF"), mark + mark);                        // longer than needed
  EXPECT_EQ(StorableText("\xED\xA0\x80"), mark + mark + mark);             // a surrogate
  EXPECT_EQ(StorableText("\xF5\x80\x80\x80"), mark + mark + mark + mark);  // past the end
}

}  // namespace
}  // namespace reprise::catalog
