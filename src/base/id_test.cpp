#include "base/id.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace reprise {
namespace {

std::int64_t MillisecondsNow() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

TEST(Uuid, IsOfVersionSevenAndLowerCase) {
  for (int i = 0; i < 200; ++i) {
    const std::string id = NewUuid();
    ASSERT_TRUE(IsUuid(id)) << id;
    EXPECT_EQ(id[14], '7') << id;
    EXPECT_NE(std::string_view("89ab").find(id[19]), std::string_view::npos) << id;
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef-"), std::string::npos) << id;
  }
}

TEST(Uuid, BeginsWithTheTimeItWasMade) {
  const std::int64_t before = MillisecondsNow();
  const std::string id = NewUuid();
  const std::int64_t after = MillisecondsNow();
  const std::int64_t told = std::stoll(id.substr(0, 8) + id.substr(9, 4), nullptr, 16);
  EXPECT_GE(told, before);
  EXPECT_LE(told, after);
}

TEST(Uuid, NeverComesTwice) {
  std::set<std::string> seen;
  std::set<std::string> tails;  // what ShortId is made of
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewUuid();
    EXPECT_TRUE(seen.insert(id).second);
    tails.insert(id.substr(28));
  }
  EXPECT_GE(tails.size(), 999U);
}

TEST(Uuid, IsToldFromOtherTexts) {
  EXPECT_TRUE(IsUuid("0193b5a0-1234-7abc-8def-0123456789ab"));
  EXPECT_TRUE(IsUuid("0193B5A0-1234-7ABC-8DEF-0123456789AB"));
  for (const std::string_view text :
       {"", "0193b5a0", "0193b5a0-1234-7abc-8def-0123456789a",
        "0193b5a0-1234-7abc-8def-0123456789abc", "0193b5a012347abc8def0123456789ab0000",
        "0193b5a0-1234-7abc-8def-0123456789ag", "0193b5a0-1234-7abc-8def_0123456789ab",
        "../../../../../../../../../etc/passwd"}) {
    EXPECT_FALSE(IsUuid(text)) << text;
  }
}

TEST(RandomHex, HasTwoDigitsPerByteAndDiffers) {
  EXPECT_EQ(RandomHex(0), "");
  EXPECT_EQ(RandomHex(16).size(), 32U);
  EXPECT_NE(RandomHex(16), RandomHex(16));
  EXPECT_EQ(RandomHex(500).find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(StrongId, ComparesByValue) {
  using Id = StrongId<struct Tag>;
  EXPECT_EQ(Id{"a"}, Id{"a"});
  EXPECT_LT(Id{"a"}, Id{"b"});
  EXPECT_TRUE(Id{}.empty());
  EXPECT_EQ(std::hash<Id>{}(Id{"a"}), std::hash<Id>{}(Id{"a"}));
}

}  // namespace
}  // namespace reprise
