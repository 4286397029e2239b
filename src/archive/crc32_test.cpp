#include "archive/crc32.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace reprise::archive {
namespace {

TEST(Crc32, IsThatOfZips) { EXPECT_EQ(Crc32(0, BytesOf("123456789")), 0xcbf43926U); }

TEST(Crc32, OfNothingMoreIsTheFirst) { EXPECT_EQ(CombineCrc32(0x12345678, 0, 0), 0x12345678U); }

TEST(Crc32, OfALongSecondTextIsCombinedToo) {
  const std::string first = "a beginning";
  const std::string second((5U << 20U) + 3, 'x');
  EXPECT_EQ(CombineCrc32(Crc32(0, BytesOf(first)), Crc32(0, BytesOf(second)), second.size()),
            Crc32(0, BytesOf(first + second)));
}

RC_GTEST_PROP(Crc32Property, OfTwoTextsIsThatOfBothPutTogether,
              (const std::string& first, const std::string& second)) {
  RC_ASSERT(CombineCrc32(Crc32(0, BytesOf(first)), Crc32(0, BytesOf(second)), second.size()) ==
            Crc32(0, BytesOf(first + second)));
}

}  // namespace
}  // namespace reprise::archive
