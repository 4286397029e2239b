#include "storage/recipe.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/memory_store.hpp"

namespace reprise::storage {
namespace {

const Recipe kSome{{{"parts/p/a.dump", 100}, {"parts/p/b.pack.sealed", 7}},
                   {{0, 0, 100, 0xdeadbeef}, {1, 2, 5, 0}, {0, 10, 1, 1}}};

ErrorCode CodeOf(std::string_view text) {
  const auto parsed = ParseRecipe(text);
  return parsed ? ErrorCode::kInternal : parsed.error().code;
}

TEST(Recipe, ReadsBackAsItWasWritten) {
  EXPECT_EQ(ParseRecipe(WriteRecipe(kSome)).value(), kSome);
  EXPECT_EQ(kSome.size(), 106U);
  EXPECT_EQ(ParseRecipe(WriteRecipe({})).value(), Recipe());
}

TEST(Recipe, IsTextThatAPersonCanFollow) {
  EXPECT_EQ(WriteRecipe(kSome),
            "reprise recipe 1\n"
            "part parts/p/a.dump 100\n"
            "part parts/p/b.pack.sealed 7\n"
            "bytes 0 0 100 deadbeef\n"
            "bytes 1 2 5 00000000\n"
            "bytes 0 10 1 00000001\n"
            "end 106\n");
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
  const std::string begin = "reprise recipe 1\npart a 10\n";
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
  for (const char* key : {"../a", "a//b", "other:a", "b.recipe", "b.recipe.sealed"}) {
    EXPECT_EQ(CodeOf(std::string("reprise recipe 1\npart ") + key + " 10\nend 0\n"),
              ErrorCode::kArchiveHostile)
        << key;
  }
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
  const auto parsed = ParseRecipe(text);
  if (!parsed) return;
  for (const RecipeRange& range : parsed->ranges) {
    RC_ASSERT(range.part < parsed->parts.size());
    RC_ASSERT(range.offset + range.length <= parsed->parts[range.part].size);
  }
}

}  // namespace
}  // namespace reprise::storage
