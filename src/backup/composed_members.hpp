#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/backup_writer.hpp"
#include "storage/recipe.hpp"

namespace reprise::backup {

// Gzip members of a composed archive that hold whole files, and where their bytes are.
struct ComposedMember {
  storage::RecipePart part;
  std::vector<storage::RecipeRange> ranges;  // of that part, whatever RecipeRange::part says
  archive::PackedFiles packed;
};

// A composed archive as the next one looks at it.
struct ComposedFilestore {
  storage::Recipe recipe;
  std::string manifest_sha256;
  std::string db_name;
  std::vector<ComposedMember> members;  // those without files are not among them
};

// Reads it at `address`: its recipe from `raw`, what that makes from `composed`.
[[nodiscard]] Result<ComposedFilestore> ReadComposedFilestore(const Context& ctx,
                                                              storage::ObjectStore& raw,
                                                              storage::ObjectStore& composed,
                                                              const std::string& address);

using SizesByPath = std::unordered_map<std::string_view, ByteCount>;

// A member is of use when all its files are wanted, in their size, and none comes a second time.
// Not worth it are parts of which less than half would be used: they would be kept for little. Of
// more than kMostParts those with the fewest bytes are left out, as each costs a call to open.
// Their files are packed anew, so that what is kept shrinks again by itself.
inline constexpr std::size_t kMostParts = 64;
// Places in `members`, sorted so that neighbours in a part are neighbours.
[[nodiscard]] std::vector<std::size_t> ChooseMembers(const std::vector<ComposedMember>& members,
                                                     const SizesByPath& wanted);

}  // namespace reprise::backup
