#include "backup/incremental_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "archive/crc32.hpp"
#include "backup/composed_members.hpp"
#include "base/log.hpp"
#include "storage/recipe.hpp"

namespace reprise::backup {
namespace {

using catalog::ArchivePart;
using storage::Recipe;
using storage::RecipePart;
using storage::RecipeRange;

// Keys of parts that others made and that nobody doubts.
Result<std::set<std::string>> EarlierParts(const IncrementalParts& parts,
                                           const domain::Backup& backup) {
  ASSIGN_OR_RETURN(const auto used, parts.rows.UsedBy(backup.id));
  std::set<std::string> earlier;
  for (const ArchivePart& part : used) {
    const bool is_trusted = part.state == ArchivePart::State::kStored;
    if (is_trusted && part.made_by != backup.id) earlier.insert(part.storage_key);
  }
  return earlier;
}

Status CheckThere(const Context& ctx, const IncrementalParts& parts, const std::string& address,
                  const RecipePart& part) {
  const auto info = parts.raw.Stat(ctx, storage::PartAddress(address, part.key));
  if (info && info->size == part.size) return {};
  if (!info && info.error().code != ErrorCode::kNotFound) return Fail(info.error());
  return Fail(ErrorCode::kArchiveCorrupt,
              info ? fmt::format("the part {} of the archive has {} bytes in storage instead of {}",
                                 part.key, info->size, part.size)
                   : fmt::format("the part {} of the archive is gone from storage", part.key),
              "find out who changes files in the storage, and make the backup again");
}

// The ranges of one part, as they are in storage now.
Result<bool> IsWell(const Context& ctx, RandomReader& object,
                    const std::vector<RecipeRange>& ranges) {
  std::vector<std::byte> buffer(1U << 20U);
  for (const RecipeRange& range : ranges) {
    RangeReader bytes(object, range.offset, range.length);
    std::uint32_t crc = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::size_t count, bytes.Read(ctx, buffer));
      if (count == 0) break;
      crc = archive::Crc32(crc, ConstByteSpan(buffer).first(count));
    }
    if (crc != range.crc32) return false;
  }
  return true;
}

Result<std::set<std::string>> DamagedParts(const Context& ctx, const IncrementalParts& parts,
                                           const domain::Backup& backup) {
  const std::string address = domain::StorageAddressOf(backup);
  ASSIGN_OR_RETURN(const Recipe recipe, storage::ReadRecipe(ctx, parts.raw, address));
  std::vector<std::vector<RecipeRange>> ranges(recipe.parts.size());
  for (const RecipeRange& range : recipe.ranges) ranges[range.part].push_back(range);
  std::set<std::string> damaged;
  for (std::size_t i = 0; i < recipe.parts.size(); ++i) {
    const RecipePart& part = recipe.parts[i];
    const auto object = parts.raw.Open(ctx, storage::PartAddress(address, part.key));
    const auto is_well = object && (*object)->size() == part.size ? IsWell(ctx, **object, ranges[i])
                                                                  : Result<bool>(false);
    RETURN_IF_ERROR(ctx.Check());
    if (!is_well || !*is_well) damaged.insert(part.key);
  }
  return damaged;
}

}  // namespace

bool IsIncremental(const domain::Backup& backup) {
  return storage::IsRecipeKey(backup.storage_key);
}

Result<std::unordered_set<std::string>> FilesReadBefore(const Context& ctx,
                                                        const IncrementalParts& parts,
                                                        storage::ObjectStore& composed,
                                                        const domain::Backup& backup) {
  const std::string address = domain::StorageAddressOf(backup);
  ASSIGN_OR_RETURN(const std::set<std::string> earlier, EarlierParts(parts, backup));
  ASSIGN_OR_RETURN(const ComposedFilestore found,
                   ReadComposedFilestore(ctx, parts.raw, composed, address));
  for (const RecipePart& part : found.recipe.parts) {
    RETURN_IF_ERROR(CheckThere(ctx, parts, address, part));
  }
  std::unordered_set<std::string> files;
  for (const ComposedMember& member : found.members) {
    if (!earlier.contains(member.part.key)) continue;
    for (const archive::IndexedFile& file : member.packed.files) files.insert(file.path);
  }
  return files;
}

Status UseKnownParts(const Context& ctx, const IncrementalParts& parts,
                     const domain::Backup& backup, const std::optional<catalog::TaskHold>& hold) {
  ASSIGN_OR_RETURN(const Recipe recipe,
                   storage::ReadRecipe(ctx, parts.raw, domain::StorageAddressOf(backup)));
  // Itself too: a backup that was deleted may still be giving it up.
  std::set<std::string> keys = {backup.storage_key};
  for (const RecipePart& part : recipe.parts) keys.insert(part.key);
  return parts.rows.UseFound(backup, keys, hold);
}

Error WithDamagedParts(const Context& ctx, const IncrementalParts& parts,
                       const domain::Backup& backup, Error error) {
  const auto damaged = DamagedParts(ctx, parts, backup);
  if (!damaged || damaged->empty()) return error;
  const auto sharers = parts.rows.Doubt(backup, *damaged);
  error.message += fmt::format("; the damage is in {}", fmt::join(*damaged, ", "));
  if (sharers && !sharers->empty()) {
    error.message += fmt::format(", of which {} other {} bytes: {}", sharers->size(),
                                 sharers->size() == 1 ? "backup has" : "backups have",
                                 fmt::join(*sharers, ", "));
  }
  error.hint = "verify the other backups too; the next incremental backup stores these files anew";
  return error;
}

}  // namespace reprise::backup
