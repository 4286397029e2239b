#include "storage/recipe.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/memory_store.hpp"

namespace reprise::storage {
namespace {

const Recipe kSome{{{"parts/p/a.dump", 100}, {"parts/p/b.pack", 7}},
                   {{0, 0, 90, 0xdeadbeef}, {1, 2, 5, 0}, {0, 10, 1, 1}}};

ErrorCode CodeOf(std::string_view text, std::string_view key = "a.recipe") {
  const auto parsed = ParseRecipe(key, text);
  return parsed ? ErrorCode::kInternal : parsed.error().code;
}

TEST(Recipe, ReadsBackAsItWasWritten) {
  EXPECT_EQ(ParseRecipe("a.recipe", WriteRecipe(kSome)).value(), kSome);
  EXPECT_EQ(kSome.size(), 96U);
  EXPECT_EQ(ParseRecipe("a.recipe", WriteRecipe({})).value(), Recipe());
}

TEST(Recipe, IsTextThatAPersonCanFollow) {
  EXPECT_EQ(WriteRecipe(kSome),
            "reprise recipe 1\n"
            "part parts/p/a.dump 100\n"
            "part parts/p/b.pack 7\n"
            "bytes 0 0 90 deadbeef\n"
            "bytes 1 2 5 00000000\n"
            "bytes 0 10 1 00000001\n"
            "end 96\n");
}

TEST(Recipe, IsToldByItsKey) {
  EXPECT_TRUE(IsRecipeKey("backups/e/0193.recipe"));
  EXPECT_TRUE(IsRecipeKey("backups/e/0193.recipe.sealed"));
  EXPECT_TRUE(IsRecipeKey("0193aa:0193.recipe"));
  EXPECT_FALSE(IsRecipeKey("backups/e.recipe/0193.zip"));
  EXPECT_FALSE(IsRecipeKey("backups/e/0193.recipes"));
  EXPECT_FALSE(IsRecipeKey("backups/e/0193.zip.recipe"));
  EXPECT_FALSE(IsRecipeKey("recipe"));
}

TEST(Recipe, ThatIsCutOffAnywhereIsNotRead) {
  const std::string whole = WriteRecipe(kSome);
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_EQ(CodeOf(whole.substr(0, bytes)), ErrorCode::kArchiveCorrupt) << bytes;
  }
  EXPECT_EQ(CodeOf(whole + "bytes 0 0 1 00000000\n"), ErrorCode::kArchiveCorrupt);
}

TEST(Recipe, NamesOnlyBytesThatItsPartsHave) {
  const std::string begin = "reprise recipe 1\npart parts/a 10\n";
  EXPECT_EQ(CodeOf(begin + "bytes 0 5 6 00000000\nend 6\n"), ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(CodeOf(begin + "bytes 0 11 1 00000000\nend 1\n"), ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(CodeOf(begin + "bytes 1 0 1 00000000\nend 1\n"), ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(CodeOf(begin + "bytes 0 0 0 00000000\nend 0\n"), ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(CodeOf(begin + "bytes 0 18446744073709551615 2 00000000\nend 2\n"),
            ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(CodeOf(begin + "bytes 0 -1 2 00000000\nend 2\n"), ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(CodeOf(begin + "bytes 0 0 1 00000000\nend 2\n"), ErrorCode::kArchiveCorrupt);
  EXPECT_EQ(CodeOf(begin + "bytes 0 0 1 00000000 1\nend 1\n"), ErrorCode::kArchiveCorrupt);
}

TEST(Recipe, OfOtherRecipesOrOfNoKeysIsHostile) {
  for (const char* key : {"parts/../a", "parts/a//b", "other:parts/a", "parts/b.recipe",
                          "parts/b.recipe.sealed", "backups/e/0193.zip", "xparts/a"}) {
    EXPECT_EQ(CodeOf(std::string("reprise recipe 1\npart ") + key + " 10\nend 0\n"),
              ErrorCode::kArchiveHostile)
        << key;
  }
}

// Else whoever may register a plain object is told what lies sealed beside it.
TEST(Recipe, NamesSealedPartsWhenItIsSealedAndOnlyThen) {
  const std::string of_plain = "reprise recipe 1\npart parts/a 1\nend 0\n";
  const std::string of_sealed = "reprise recipe 1\npart parts/a.sealed 1\nend 0\n";
  EXPECT_TRUE(ParseRecipe("a.recipe", of_plain));
  EXPECT_TRUE(ParseRecipe("0193:a.recipe.sealed", of_sealed));
  EXPECT_EQ(CodeOf(of_sealed, "a.recipe"), ErrorCode::kArchiveHostile);
  EXPECT_EQ(CodeOf(of_plain, "a.recipe.sealed"), ErrorCode::kArchiveHostile);
}

TEST(Recipe, ThatMakesMoreThanItsPartsHoldIsHostile) {
  const std::string begin = "reprise recipe 1\npart parts/a 10\n";
  EXPECT_TRUE(ParseRecipe("a.recipe", begin + "bytes 0 3 7 0\nbytes 0 0 3 0\nend 10\n"));
  EXPECT_EQ(CodeOf(begin + "bytes 0 3 7 0\nbytes 0 0 4 0\nend 11\n"), ErrorCode::kArchiveHostile);
}

TEST(Recipe, OfTooManyOrTooLargePartsIsHostile) {
  std::string text = "reprise recipe 1\n";
  for (int i = 0; i < 256; ++i) text += "part parts/a 1\n";
  EXPECT_TRUE(ParseRecipe("a.recipe", text + "end 0\n"));
  EXPECT_EQ(CodeOf(text + "part parts/a 1\nend 0\n"), ErrorCode::kArchiveHostile);
  const std::string large = std::to_string(ByteCount{1} << 50);
  const std::string begin = "reprise recipe 1\npart parts/a " + large + "\n";
  EXPECT_TRUE(ParseRecipe("a.recipe", begin + "bytes 0 0 " + large + " 0\nend " + large + "\n"));
  EXPECT_EQ(CodeOf("reprise recipe 1\npart parts/a 1125899906842625\nend 0\n"),
            ErrorCode::kArchiveHostile);
  EXPECT_EQ(CodeOf(begin + "part parts/b 1\nbytes 0 0 " + large + " 0\nbytes 1 0 1 0\n"),
            ErrorCode::kArchiveHostile);
}

// It is not read into memory first.
TEST(Recipe, ThatIsTooLargeToReadIsHostile) {
  const ManualClock clock;
  MemoryStore store(clock);
  {
    auto writer = store.Create(Context(), "a.recipe").value();
    const std::string chunk(std::size_t{1} << 20, '\n');
    for (int i = 0; i < 128; ++i) ASSERT_TRUE(writer->Write(Context(), BytesOf(chunk)));
    ASSERT_TRUE(writer->Write(Context(), BytesOf("\n")));
    ASSERT_TRUE(writer->Close(Context()));
  }
  const auto read = ReadRecipe(Context(), store, "a.recipe");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kArchiveHostile);
}

TEST(Recipe, HasItsPartsInItsOwnStore) {
  EXPECT_EQ(PartAddress("backups/a.recipe", "parts/b"), "parts/b");
  EXPECT_EQ(PartAddress("0193:backups/a.recipe", "parts/b"), "0193:parts/b");
}

RC_GTEST_PROP(RecipeProperty, NoTextIsReadAsARecipeThatReachesBeyondItsParts, ()) {
  std::string text = WriteRecipe(kSome);
  const auto changes = *rc::gen::container<std::vector<std::pair<std::size_t, char>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, text.size()),
                    rc::gen::elementOf(std::string("0123456789 \nabcdefpbye-."))));
  for (const auto& [at, with] : changes) text[at] = with;
  const auto parsed = ParseRecipe("a.recipe", text);
  if (!parsed) return;
  for (const RecipeRange& range : parsed->ranges) {
    RC_ASSERT(range.part < parsed->parts.size());
    RC_ASSERT(range.offset + range.length <= parsed->parts[range.part].size);
  }
}

}  // namespace
}  // namespace reprise::storage
