#include "storage/composed_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "storage/memory_store.hpp"
#include "storage/object_store_conformance.hpp"
#include "storage/recipe.hpp"
#include "storage/sealed_reader.hpp"
#include "storage/sealed_store.hpp"

namespace reprise::storage {
namespace {

using ::testing::HasSubstr;

void Put(ObjectStore& store, std::string_view key, std::string_view content) {
  auto writer = store.Create(Context(), key).value();
  ASSERT_TRUE(writer->Write(Context(), BytesOf(content)));
  ASSERT_TRUE(writer->Close(Context()));
}

Result<std::string> ReadRange(RandomReader& reader, ByteCount offset, std::size_t length) {
  std::string text(length, '?');
  ASSIGN_OR_RETURN(const std::size_t count,
                   reader.ReadAt(Context(), offset, std::as_writable_bytes(std::span(text))));
  text.resize(count);
  return text;
}

class ComposedStage {
 public:
  ObjectStore& store() { return store_; }

 private:
  ManualClock clock_;
  MemoryStore inner_{clock_};
  ComposedStore store_{inner_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Composed, ObjectStoreConformance, ComposedStage);

class ComposedStoreTest : public ::testing::Test {
 protected:
  ComposedStoreTest() {
    Put(inner_, "parts/a", "0123456789");
    Put(inner_, "parts/b", "abcdef");
    Put(inner_, "backups/x.recipe", WriteRecipe(kRecipe));
  }
  Error ErrorOfReading() {
    const auto reader = store_.Open(Context(), "backups/x.recipe").value();
    const auto read = ReadRange(*reader, 0, 10);
    EXPECT_FALSE(read);
    return read ? Error() : read.error();
  }

  inline static const Recipe kRecipe{{{"parts/a", 10}, {"parts/b", 6}},
                                     {{0, 2, 3, 0}, {0, 5, 1, 0}, {1, 1, 2, 0}, {0, 0, 1, 0}}};
  ManualClock clock_;
  MemoryStore inner_{clock_};
  ComposedStore store_{inner_};
};

TEST_F(ComposedStoreTest, ReadsWhatTheRecipeMakes) {
  const auto reader = store_.Open(Context(), "backups/x.recipe").value();
  EXPECT_EQ(reader->size(), 7U);
  EXPECT_EQ(ReadRange(*reader, 0, 100).value(), "2345bc0");
  EXPECT_EQ(ReadRange(*reader, 3, 2).value(), "5b");
  EXPECT_EQ(ReadRange(*reader, 6, 1).value(), "0");
  EXPECT_EQ(ReadRange(*reader, 7, 1).value(), "");
  EXPECT_EQ(ReadRange(*reader, 700, 1).value(), "");
  EXPECT_EQ(store_.Stat(Context(), "backups/x.recipe")->size, 7U);
}

TEST_F(ComposedStoreTest, OfNothingIsEmpty) {
  Put(inner_, "none.recipe", WriteRecipe({}));
  const auto reader = store_.Open(Context(), "none.recipe").value();
  EXPECT_EQ(reader->size(), 0U);
  EXPECT_EQ(ReadRange(*reader, 0, 1).value(), "");
}

TEST_F(ComposedStoreTest, DeletesTheRecipeAndLeavesItsParts) {
  ASSERT_TRUE(store_.Delete(Context(), "backups/x.recipe"));
  EXPECT_EQ(store_.Open(Context(), "backups/x.recipe").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(inner_.List(Context(), "parts/")->size(), 2U);
}

TEST_F(ComposedStoreTest, TellsWhichPartIsGone) {
  ASSERT_TRUE(inner_.Delete(Context(), "parts/b"));
  const Error error = ErrorOfReading();
  EXPECT_EQ(error.code, ErrorCode::kArchiveCorrupt);
  EXPECT_THAT(error.Sentence(), HasSubstr("parts/b of the archive is gone"));
}

TEST_F(ComposedStoreTest, TellsWhichPartWasExchanged) {
  Put(inner_, "parts/a", "0123");
  const Error error = ErrorOfReading();
  EXPECT_EQ(error.code, ErrorCode::kArchiveCorrupt);
  EXPECT_THAT(error.Sentence(), HasSubstr("parts/a of the archive has 4 bytes"));
}

// Of a storage of which everything that is sealed is opened beneath it.
TEST_F(ComposedStoreTest, OpensNoOtherArchiveUnderTheNameOfAPart) {
  Put(inner_, "backups/e/0193.zip.sealed", "what others have");
  Put(inner_, "old/x.recipe",
      "reprise recipe 1\npart backups/e/0193.zip.sealed 16\nbytes 0 0 16 0\nend 16\n");
  EXPECT_EQ(store_.Open(Context(), "old/x.recipe").error().code, ErrorCode::kArchiveHostile);
  EXPECT_EQ(store_.Stat(Context(), "old/x.recipe").error().code, ErrorCode::kArchiveHostile);
}

TEST_F(ComposedStoreTest, AnObjectThatOnlyLooksLikeARecipeIsReadAsItIs) {
  Put(inner_, "imports/x.bin", WriteRecipe(kRecipe));
  const auto reader = store_.Open(Context(), "imports/x.bin").value();
  EXPECT_EQ(ReadRange(*reader, 0, 1000).value(), WriteRecipe(kRecipe));
}

// Recipe and parts are sealed each by itself: ranges of what is sealed are read through it.
TEST(ComposedOverSealedStore, ReadsRangesOfSealedParts) {
  const ManualClock clock;
  const auto inner = std::make_shared<MemoryStore>(clock);
  const std::vector<ArchiveKey> known = {NewArchiveKey(clock.Now())};
  SealedStore sealed(inner, std::make_shared<ListedKeys>(known), {".sealed", 4});
  const std::string content = "what a company has, and more of it than fits into one segment";
  Put(sealed, "parts/a.sealed", content);
  const Recipe recipe{{{"parts/a.sealed", content.size()}}, {{0, 30, 20, 0}, {0, 3, 25, 0}}};
  Put(sealed, "backups/x.recipe.sealed", WriteRecipe(recipe));
  ComposedStore store(sealed);
  const auto reader = store.Open(Context(), "backups/x.recipe.sealed").value();
  EXPECT_EQ(ReadRange(*reader, 0, 100).value(), content.substr(30, 20) + content.substr(3, 25));
  EXPECT_EQ(store.Stat(Context(), "backups/x.recipe.sealed")->size, 45U);
  const auto stored = inner->Open(Context(), "backups/x.recipe.sealed").value();
  EXPECT_EQ(ReadRange(*stored, 0, 1000)->find("parts/a"), std::string::npos);
}

TEST_F(ComposedStoreTest, GivesNoAddressForWhatNoProviderCanCompose) {
  EXPECT_EQ(store_.Presign(Context(), "backups/x.recipe", {}).value(), std::nullopt);
  EXPECT_EQ(store_.Presign(Context(), "backups/y.recipe", {}).error().code, ErrorCode::kNotFound);
}

// Any ranges of any parts read as the bytes that they name, wherever one begins and ends to read.
RC_GTEST_PROP(ComposedStoreProperty, ReadsAsItsRangesPutTogether, ()) {
  const ManualClock clock;
  MemoryStore inner(clock);
  const auto parts = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::string>>(rc::gen::nonEmpty<std::string>()));
  Recipe recipe;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    recipe.parts.push_back({"parts/" + std::to_string(i), parts[i].size()});
    Put(inner, recipe.parts.back().key, parts[i]);
  }
  std::string whole;
  std::vector<std::size_t> left;  // of each part: none is taken more often than it is there
  for (const std::string& part : parts) left.push_back(part.size());
  const auto count = *rc::gen::inRange(0, 12);
  for (int i = 0; i < count; ++i) {
    const auto part = *rc::gen::inRange<std::size_t>(0, parts.size());
    const auto offset = *rc::gen::inRange<std::size_t>(0, parts[part].size());
    if (left[part] == 0) continue;
    const auto most = std::min(left[part], parts[part].size() - offset);
    const auto length = *rc::gen::inRange<std::size_t>(1, most + 1);
    left[part] -= length;
    recipe.ranges.push_back({part, offset, length, 0});
    whole += parts[part].substr(offset, length);
  }
  Put(inner, "x.recipe", WriteRecipe(recipe));
  ComposedStore store(inner);
  const auto reader = store.Open(Context(), "x.recipe").value();
  RC_ASSERT(reader->size() == whole.size());
  const auto from = *rc::gen::inRange<std::size_t>(0, whole.size() + 2);
  const auto length = *rc::gen::inRange<std::size_t>(1, whole.size() + 3);
  const std::string wanted = from < whole.size() ? whole.substr(from, length) : std::string();
  RC_ASSERT(ReadRange(*reader, from, length).value() == wanted);
}

}  // namespace
}  // namespace reprise::storage
