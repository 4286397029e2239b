#include "cli/human.hpp"

#include <gtest/gtest.h>

namespace reprise::cli {
namespace {

TEST(HumanSize, UsesDecimalUnits) {
  EXPECT_EQ(HumanSize(0), "0 B");
  EXPECT_EQ(HumanSize(999), "999 B");
  EXPECT_EQ(HumanSize(1000), "1.0 kB");
  EXPECT_EQ(HumanSize(1'234'567'890), "1.2 GB");
  EXPECT_EQ(HumanSize(999'999), "1.0 MB");
  EXPECT_EQ(HumanSize(~std::uint64_t{0}), "18446.7 PB");
}

TEST(HumanDuration, GrowsWithTheTime) {
  EXPECT_EQ(HumanDuration(-1), "0.0 s");
  EXPECT_EQ(HumanDuration(14.24), "14.2 s");
  EXPECT_EQ(HumanDuration(59.99), "1 min 0 s");
  EXPECT_EQ(HumanDuration(392), "6 min 32 s");
  EXPECT_EQ(HumanDuration(7500), "2 h 5 min");
  EXPECT_EQ(HumanDuration(200'000), "2 d 7 h");
}

TEST(HumanAge, LooksBothWays) {
  const Instant now = FromMicros(1'000'000'000'000'000);
  EXPECT_EQ(HumanAge(now - std::chrono::seconds(5), now), "5 s ago");
  EXPECT_EQ(HumanAge(now - std::chrono::hours(3), now), "3 h ago");
  EXPECT_EQ(HumanAge(now - std::chrono::hours(100), now), "4 d ago");
  EXPECT_EQ(HumanAge(now + std::chrono::minutes(5), now), "in 5 min");
}

TEST(Printable, LeavesNothingThatMovesACursor) {
  EXPECT_EQ(Printable("a\x1b[2Jb\r\n"), "a?[2Jb??");
  EXPECT_EQ(Printable("a\xc2\x9b"
                      "b"),
            "a?b");
  EXPECT_EQ(Printable("Zürich – é"), "Zürich – é");
}

TEST(Shorten, CutsBetweenCharacters) {
  EXPECT_EQ(Shorten("Zürich", 6), "Zürich");
  EXPECT_EQ(Shorten("Zürich", 3), "Zü…");
  EXPECT_EQ(Shorten("Zürich", 1), "…");
  EXPECT_EQ(Shorten("Zürich", 0), "");
}

TEST(Table, AlignsColumnsByCharactersNotBytes) {
  Table table({"NAME", "SIZE"});
  table.Add({"Zürich", "1 B"});
  table.Add({"x", ""});
  EXPECT_EQ(table.Render(), "NAME    SIZE\nZürich  1 B\nx\n");
}

TEST(Facts, LeavesOutWhatIsEmpty) {
  Facts facts;
  facts.Add("name", "shop");
  facts.Add("nothing", "");
  facts.Add("database", "shop-db");
  EXPECT_EQ(facts.Render(), "name:      shop\ndatabase:  shop-db\n");
}

}  // namespace
}  // namespace reprise::cli
