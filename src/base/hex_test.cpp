#include "base/hex.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>

namespace reprise {
namespace {

namespace fs = std::filesystem;

TEST(Hex, ReadsWhatItWrites) {
  const std::string bytes("\x00\xff\x10z", 4);
  EXPECT_EQ(ToHex(bytes), "00ff107a");
  EXPECT_EQ(FromHex("00ff107a"), bytes);
}

TEST(Hex, TakesNothingThatIsOnlyPartlyHex) {
  for (const char* text : {"", "0", "0g", "00 ff", "00ff\n", "00ff1"}) {
    EXPECT_EQ(FromHex(text), "") << text;
  }
}

TEST(Base64Url, ReadsWhatItWrites) {
  const std::string bytes("\xfb\xff\xfe\x01", 4);
  EXPECT_EQ(ToBase64Url(bytes), "-__-AQ");
  EXPECT_EQ(FromBase64Url("-__-AQ").value(), bytes);
  EXPECT_EQ(FromBase64Url("").value(), "");
}

TEST(Base64Url, RefusesOtherAlphabetsAndPadding) {
  for (const char* text : {"+//+AQ", "-__-AQ==", "-__-A", "a b", "-__-AR"}) {
    EXPECT_FALSE(FromBase64Url(text)) << text;
  }
}

class KeyFileTest : public ::testing::Test {
 protected:
  KeyFileTest() { fs::create_directories(folder_); }
  ~KeyFileTest() override { fs::remove_all(folder_); }
  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ("key_file_" + std::to_string(::getpid()));
};

TEST_F(KeyFileTest, MakesAKeyOnceThatOnlyItsOwnerReads) {
  const std::string key = KeyInFile(folder_ / "key", 32, "").value();
  EXPECT_EQ(key.size(), 64U);
  EXPECT_EQ(KeyInFile(folder_ / "key", 32, "").value(), key);
  EXPECT_EQ(fs::status(folder_ / "key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(KeyFileTest, LeavesAFileThatHoldsNoKeyAlone) {
  std::ofstream(folder_ / "key") << "not a key\n";
  const auto key = KeyInFile(folder_ / "key", 32, "put it back");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(key.error().hint, "put it back");
}

TEST_F(KeyFileTest, ReadingAloneMakesNone) {
  EXPECT_EQ(ReadKeyFile(folder_ / "none", 32, "").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(folder_ / "none"));
}

}  // namespace
}  // namespace reprise
