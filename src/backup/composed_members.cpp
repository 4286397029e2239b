#include "backup/composed_members.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>

#include "archive/backup_reader.hpp"
#include "archive/crc32.hpp"

namespace reprise::backup {
namespace {

using archive::FileMembers;
using archive::PackedFilestore;
using storage::Recipe;
using storage::RecipeRange;

// Finds ranges by where they begin in what the recipe makes.
class RangesByPlace {
 public:
  explicit RangesByPlace(const Recipe& recipe) : recipe_(recipe) {
    ByteCount at = 0;
    for (const RecipeRange& range : recipe.ranges) {
      begins_.push_back(at);
      at += range.length;
    }
  }
  // `count` ranges of one part, the first of which begins there; nullopt when they are not so.
  [[nodiscard]] std::optional<std::vector<RecipeRange>> At(ByteCount place,
                                                           std::size_t count) const {
    const auto begin = std::lower_bound(begins_.begin(), begins_.end(), place);
    const auto first = static_cast<std::size_t>(begin - begins_.begin());
    if (begin == begins_.end() || *begin != place || begins_.size() - first < count) {
      return std::nullopt;
    }
    const auto from = recipe_.ranges.begin() + (begin - begins_.begin());
    std::vector<RecipeRange> ranges(from, from + static_cast<std::ptrdiff_t>(count));
    const bool of_one_part = std::all_of(ranges.begin(), ranges.end(), [&](const RecipeRange& r) {
      return r.part == ranges.front().part;
    });
    if (ranges.empty() || !of_one_part) return std::nullopt;
    return ranges;
  }

 private:
  const Recipe& recipe_;
  std::vector<ByteCount> begins_;
};

std::optional<ComposedMember> MemberAt(const Recipe& recipe, const RangesByPlace& places,
                                       const PackedFilestore& packed, const FileMembers& group) {
  auto ranges = places.At(packed.offset + group.offset, group.count);
  if (!ranges) return std::nullopt;
  ComposedMember member;
  member.part = recipe.parts[ranges->front().part];
  for (const RecipeRange& range : *ranges) {
    member.packed.crc32 = archive::CombineCrc32(member.packed.crc32, range.crc32, range.length);
    member.packed.bytes += range.length;
  }
  member.ranges = *std::move(ranges);
  for (std::size_t i = group.first_file; i < group.last_file; ++i) {
    member.packed.files.push_back(packed.files[i]);
    member.packed.files.back().member_offset -= group.offset;
  }
  return member;
}

// Places of what is of use, with the bytes that would be used of each part.
std::vector<std::size_t> UsefulMembers(const std::vector<ComposedMember>& members,
                                       const SizesByPath& wanted,
                                       std::map<std::string_view, ByteCount>& used) {
  std::vector<std::size_t> useful;
  std::unordered_set<std::string_view> taken;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& files = members[i].packed.files;
    const bool is_useful =
        std::all_of(files.begin(), files.end(), [&](const archive::IndexedFile& file) {
          const auto found = wanted.find(file.path);
          return found != wanted.end() && found->second == file.size && !taken.contains(file.path);
        });
    if (!is_useful) continue;
    for (const archive::IndexedFile& file : files) taken.insert(file.path);
    used[members[i].part.key] += members[i].packed.bytes;
    useful.push_back(i);
  }
  return useful;
}

}  // namespace

Result<ComposedFilestore> ReadComposedFilestore(const Context& ctx, storage::ObjectStore& raw,
                                                storage::ObjectStore& composed,
                                                const std::string& address) {
  ComposedFilestore found;
  ASSIGN_OR_RETURN(found.recipe, storage::ReadRecipe(ctx, raw, address));
  ASSIGN_OR_RETURN(const auto source, composed.Open(ctx, address));
  ASSIGN_OR_RETURN(const auto reader, archive::OpenBackup(ctx, *source));
  found.manifest_sha256 = reader->manifest_sha256();
  found.db_name = reader->manifest().db_name;
  ASSIGN_OR_RETURN(const auto packed, reader->FindPackedFiles(ctx));
  if (!packed) return found;
  const RangesByPlace places(found.recipe);
  for (const FileMembers& group : archive::MembersOf(packed->files)) {
    if (auto member = MemberAt(found.recipe, places, *packed, group)) {
      found.members.push_back(*std::move(member));
    }
  }
  return found;
}

std::vector<std::size_t> ChooseMembers(const std::vector<ComposedMember>& members,
                                       const SizesByPath& wanted) {
  std::map<std::string_view, ByteCount> used;
  std::vector<std::size_t> chosen = UsefulMembers(members, wanted, used);
  std::map<std::string_view, ByteCount> sizes;
  for (const ComposedMember& member : members) sizes[member.part.key] = member.part.size;
  std::erase_if(used, [&](const auto& part) { return part.second < (sizes[part.first] + 1) / 2; });
  std::vector<std::pair<ByteCount, std::string_view>> by_bytes;
  for (const auto& [key, bytes] : used) by_bytes.emplace_back(bytes, key);
  std::sort(by_bytes.rbegin(), by_bytes.rend());
  for (std::size_t i = kMostParts; i < by_bytes.size(); ++i) used.erase(by_bytes[i].second);
  std::erase_if(chosen, [&](std::size_t i) { return !used.contains(members[i].part.key); });
  std::sort(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) {
    const auto place = [&](std::size_t i) {
      return std::pair(std::string_view(members[i].part.key), members[i].ranges.front().offset);
    };
    return place(a) < place(b);
  });
  return chosen;
}

}  // namespace reprise::backup
