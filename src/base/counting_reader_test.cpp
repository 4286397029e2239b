#include "base/counting_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace reprise {
namespace {

TEST(CountingReader, TellsAllThatWasReadSoFarAndChangesNothing) {
  StringReader text("seven b");
  std::vector<ByteCount> told;
  CountingReader counted(text, [&](ByteCount bytes) { told.push_back(bytes); });
  std::array<std::byte, 4> into{};
  std::string read;
  while (true) {
    const auto count = counted.Read(Context(), into);
    ASSERT_TRUE(count);
    if (*count == 0) break;
    read += TextOf(ConstByteSpan(into).first(*count));
  }
  EXPECT_EQ(read, "seven b");
  EXPECT_THAT(told, ::testing::ElementsAre(4U, 7U, 7U));
}

}  // namespace
}  // namespace reprise
