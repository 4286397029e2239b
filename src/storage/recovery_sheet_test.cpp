#include "storage/recovery_sheet.hpp"

#include <gtest/gtest.h>

#include <cctype>

namespace reprise::storage {
namespace {

TEST(RecoverySheet, IsReadBackAlsoFromPaper) {
  const ArchiveKey first = NewArchiveKey(FromMicros(1'700'000'000'000'000));
  const ArchiveKey second = NewArchiveKey(FromMicros(1'800'000'000'000'000));
  std::string text =
      WriteRecoverySheet({"Acme", FromMicros(1'800'000'001'000'000), {first, second}});
  for (const bool typed : {false, true}) {
    if (typed) {
      for (char& c : text) {
        if (c == ' ') c = '\t';
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      }
    }
    const auto keys = ReadRecoverySheet(text);
    ASSERT_TRUE(keys) << keys.error().Sentence();
    ASSERT_EQ(keys->size(), 2U);
    EXPECT_EQ(keys->front().id, first.id);
    EXPECT_EQ(keys->front().secret, first.secret);
    EXPECT_EQ(keys->back().secret, second.secret);
    EXPECT_EQ(keys->back().created_at, second.created_at);
  }
}

TEST(RecoverySheet, NamesTheLineThatIsWrong) {
  const ArchiveKey key = NewArchiveKey(FromMicros(1'700'000'000'000'000));
  const std::string text = WriteRecoverySheet({"Acme", key.created_at, {key}});
  const std::size_t at = text.find("\n  ", text.find("\nkey ")) + 3;
  std::size_t wrong = 0;
  for (std::size_t i = at; i < text.find("check", at); ++i) {
    if (text[i] == ' ') continue;
    std::string typed = text;
    typed[i] = typed[i] == '0' ? '8' : '0';
    const auto keys = ReadRecoverySheet(typed);
    if (keys) continue;  // one check of 65,536 agrees by chance
    ++wrong;
    EXPECT_NE(keys.error().message.find("line 13 "), std::string::npos) << keys.error().message;
  }
  EXPECT_GE(wrong, 31U);
  EXPECT_FALSE(ReadRecoverySheet(text.substr(0, text.size() - 20)));
  EXPECT_FALSE(ReadRecoverySheet("nothing"));
}

}  // namespace
}  // namespace reprise::storage
