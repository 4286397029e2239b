#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/object_store.hpp"

namespace reprise::storage {

// An object that a composed one takes bytes of, in the same store as the recipe.
struct RecipePart {
  std::string key;
  ByteCount size = 0;  // of the whole part
  friend bool operator==(const RecipePart&, const RecipePart&) = default;
};

// Bytes of one part, with their checksum as zips and gzip have it.
struct RecipeRange {
  std::size_t part = 0;  // its place in Recipe::parts
  ByteCount offset = 0;
  ByteCount length = 0;  // not 0
  std::uint32_t crc32 = 0;
  friend bool operator==(const RecipeRange&, const RecipeRange&) = default;
};

// How an object is composed of ranges of others: one after the other they are its bytes.
struct Recipe {
  std::vector<RecipePart> parts;
  std::vector<RecipeRange> ranges;

  [[nodiscard]] ByteCount size() const;  // of what they make
  friend bool operator==(const Recipe&, const Recipe&) = default;
};

// The key says what is a recipe, as it says what is sealed: were it found out by looking, whoever
// gives bytes to be stored could name other objects with them. "….recipe", or that and a further
// ending.
inline constexpr std::string_view kRecipeEnding = ".recipe";
[[nodiscard]] bool IsRecipeKey(std::string_view key);

// As docs/formats.md describes it.
[[nodiscard]] std::string WriteRecipe(const Recipe& recipe);
// The text of the recipe under `key`. kArchiveCorrupt when it is cut off or names bytes that its
// parts do not have; kArchiveHostile when a part's key is none, or not below parts/, or is sealed
// where the recipe is not or the other way round, and when it would make more than its parts hold.
[[nodiscard]] Result<Recipe> ParseRecipe(std::string_view key, std::string_view text);
// The recipe at `key`, not what it makes: of a store that is not a ComposedStore.
[[nodiscard]] Result<Recipe> ReadRecipe(const Context& ctx, ObjectStore& store,
                                        std::string_view key);
// The address of a recipe's part, for a RoutedStore: in the same store as the recipe.
[[nodiscard]] std::string PartAddress(std::string_view recipe_address, std::string_view part_key);

}  // namespace reprise::storage
