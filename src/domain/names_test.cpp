#include "domain/names.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/id.hpp"

namespace reprise::domain {
namespace {

constexpr std::string_view kRestore = "0193b5a0-1234-7abc-8def-01231a2b3c4d";
constexpr std::string_view kOther = "0193b5a0-1234-7abc-8def-01231a2b3c4e";

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Texts of characters of one to four bytes.
rc::Gen<std::string> Utf8Text() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(
                          std::vector<std::string>{"a", "-", "\"", "é", "ж", "€", "日", "😀"})),
                      [](const std::vector<std::string>& characters) {
                        std::string text;
                        for (const std::string& character : characters) text += character;
                        return text;
                      });
}

// What is left of `base` in a name that ends in `mark`.
std::string BaseOf(const std::string& name, std::string_view mark) {
  EXPECT_TRUE(name.ends_with(mark)) << name << " does not end in " << mark;
  return name.substr(0, name.size() - mark.size());
}

// Whether `cut` is `text`, or a beginning of it that ends between two characters.
bool IsCutBetweenCharacters(const std::string& text, const std::string& cut) {
  return text.starts_with(cut) && (cut.size() == text.size() || !IsContinuation(text[cut.size()]));
}

TEST(ShortId, IsTheEndOfTheUuidWhereTheyDiffer) {
  EXPECT_EQ(ShortId(kRestore), "1a2b3c4d");
  EXPECT_EQ(ShortId(kOther), "1a2b3c4e");
  EXPECT_EQ(ShortId("ab"), "ab");
  EXPECT_EQ(ShortId(""), "");
}

TEST(SideNames, SayWhoseTheyAre) {
  EXPECT_EQ(SideDatabasePrefix("shop", kRestore), "shop__r1a2b3c4d_");
  EXPECT_EQ(SideDatabaseName("shop", kRestore, 2), "shop__r1a2b3c4d_2");
  EXPECT_EQ(OldDatabaseName("shop", kRestore), "shop__old_1a2b3c4d");
  EXPECT_EQ(LoaderRoleName(kRestore, 2), "reprise_r1a2b3c4d_2");
}

TEST(SideNames, ALongNameIsShortenedAndTheMarkIsNot) {
  const std::string longest(63, 'x');
  EXPECT_EQ(OldDatabaseName(longest, kRestore), std::string(49, 'x') + "__old_1a2b3c4d");
  EXPECT_EQ(OldDatabaseName(longest, kRestore).size(), kLongestDatabaseName);
  EXPECT_EQ(SideDatabaseName(longest, kRestore, 999'999),
            std::string(45, 'x') + "__r1a2b3c4d_999999");
  EXPECT_EQ(SideDatabaseName(longest, kRestore, 999'999).size(), kLongestDatabaseName);
}

TEST(SideNames, AreNotCutInsideACharacter) {
  // 49 bytes are left: 16 characters of three bytes each, and one byte that none fits in.
  std::string euros;
  for (int i = 0; i < 21; ++i) euros += "€";
  const std::string name = OldDatabaseName(euros, kRestore);
  EXPECT_EQ(name, euros.substr(0, 48) + "__old_1a2b3c4d");
}

RC_GTEST_PROP(SideNames, FitPostgresAndKeepTheirMarks, ()) {
  const std::string base = *Utf8Text();
  const auto epoch = *rc::gen::inRange<std::int64_t>(1, std::int64_t{1} << 40);
  const std::string prefix = SideDatabasePrefix(base, kRestore);
  const std::string side = SideDatabaseName(base, kRestore, epoch);
  const std::string old = OldDatabaseName(base, kRestore);
  RC_ASSERT(side.size() <= kLongestDatabaseName);
  RC_ASSERT(old.size() <= kLongestDatabaseName);
  RC_ASSERT(LoaderRoleName(kRestore, epoch).size() <= kLongestDatabaseName);
  RC_ASSERT(IsCutBetweenCharacters(base, BaseOf(prefix, "__r1a2b3c4d_")));
  RC_ASSERT(IsCutBetweenCharacters(base, BaseOf(old, "__old_1a2b3c4d")));
}

// Side databases are swept by the prefix: it must find each epoch's, and nothing else.
RC_GTEST_PROP(SideNames, ThePrefixFindsEveryEpochOfItsRestoreOnly, ()) {
  const std::string base = *Utf8Text();
  const auto epoch = *rc::gen::inRange<std::int64_t>(1, std::int64_t{1} << 40);
  const std::string prefix = SideDatabasePrefix(base, kRestore);
  RC_ASSERT(SideDatabaseName(base, kRestore, epoch).starts_with(prefix));
  RC_ASSERT((prefix + "files").size() <= kLongestDatabaseName);
  RC_ASSERT(!base.starts_with(prefix));
  RC_ASSERT(!OldDatabaseName(base, kRestore).starts_with(prefix));
  RC_ASSERT(!SideDatabaseName(base, kOther, epoch).starts_with(prefix));
}

TEST(DatabaseNameFor, IsMadeOfWhatAPersonWrote) {
  EXPECT_EQ(DatabaseNameFor("Prod clone"), "prod-clone");
  EXPECT_EQ(DatabaseNameFor("shop_2.0 -- test"), "shop-2-0-test");
  EXPECT_EQ(DatabaseNameFor("  - x - "), "x");
  EXPECT_EQ(DatabaseNameFor("!?"), "odoo");
  EXPECT_EQ(DatabaseNameFor(""), "odoo");
}

TEST(DatabaseNameFor, StaysOffTheDatabasesOfPostgresItself) {
  for (const char* name : {"postgres", "Postgres", "template0", "Template1"}) {
    const std::string made = DatabaseNameFor(name);
    EXPECT_NE(made, "postgres");
    EXPECT_NE(made, "template0");
    EXPECT_NE(made, "template1");
    EXPECT_FALSE(made.empty());
  }
}

RC_GTEST_PROP(DatabaseNameFor, IsAlwaysAFitName, (const std::string& name)) {
  const std::string made = DatabaseNameFor(name);
  RC_ASSERT(!made.empty());
  RC_ASSERT(made.size() <= kLongestDatabaseName);
  RC_ASSERT(made.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
  RC_ASSERT(made.front() != '-');
  RC_ASSERT(made.back() != '-');
}

}  // namespace
}  // namespace reprise::domain
