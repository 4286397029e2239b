#include "backup/recipe_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "archive/crc32.hpp"
#include "base/id.hpp"

namespace reprise::backup {
namespace {

std::string_view EndingOf(RecipeTarget::Holds holds) {
  switch (holds) {
    case RecipeTarget::Holds::kDump:
      return "dump";
    case RecipeTarget::Holds::kFiles:
      return "files";
    case RecipeTarget::Holds::kRest:
      break;
  }
  return "rest";
}

// Of the attempt that writes it: in the backup's own place and known as its own by its name.
std::string RecipeKeyOf(const domain::Backup& backup, const std::string& attempt) {
  const std::string& key = backup.storage_key;
  const std::size_t ending = key.find(storage::kRecipeEnding, key.rfind('/') + 1);
  return fmt::format("{}{}.{}{}", key.substr(0, ending), storage::kRecipeEnding, attempt,
                     domain::IsSealed(backup) ? domain::kSealedEnding : std::string_view());
}

}  // namespace

void RecipeTarget::BeginPart(Holds holds) { holds_ = holds; }

std::string RecipeTarget::AddressOf(const std::string& part_key) const {
  return storage::PartAddress(domain::StorageAddressOf(parts_.backup), part_key);
}

Status RecipeTarget::MakePart(const Context& ctx) {
  catalog::ArchivePart row;
  row.id = NewUuid();
  row.project_id = parts_.backup.project_id;
  row.made_by = parts_.backup.id;
  row.storage_config_id = parts_.backup.storage_config_id;
  row.storage_key = fmt::format("parts/{}/{}.{}", row.project_id.value, row.id, EndingOf(holds_));
  if (domain::IsSealed(parts_.backup)) row.storage_key += domain::kSealedEnding;
  RETURN_IF_ERROR(parts_.rows.Begin(row, parts_.hold));
  ASSIGN_OR_RETURN(object_, parts_.raw.Create(ctx, AddressOf(row.storage_key)));
  row_ = std::move(row);
  part_ = recipe_.parts.size();
  recipe_.parts.push_back({row_.storage_key, 0});
  return {};
}

Status RecipeTarget::Write(const Context& ctx, ConstByteSpan bytes) {
  if (bytes.empty()) return {};
  RETURN_IF_ERROR(parts_.check_bytes(written_bytes_ + bytes.size()));
  if (row_.id.empty()) RETURN_IF_ERROR(MakePart(ctx));
  storage::RecipePart& part = recipe_.parts[part_];
  const bool goes_on = holds_ != Holds::kFiles && !recipe_.ranges.empty() &&
                       recipe_.ranges.back().part == part_ && part.size > 0;
  if (goes_on) {
    storage::RecipeRange& range = recipe_.ranges.back();
    range.length += bytes.size();
    range.crc32 = archive::Crc32(range.crc32, bytes);
  } else {
    recipe_.ranges.push_back({part_, part.size, bytes.size(), archive::Crc32(0, bytes)});
  }
  part.size += bytes.size();
  archive_bytes_ += bytes.size();
  written_bytes_ += bytes.size();
  return object_->Write(ctx, bytes);
}

Status RecipeTarget::Keep(const Context& ctx, const catalog::ArchivePart& row,
                          const std::function<Status()>& claim,
                          std::unique_ptr<ByteWriter> object) {
  const auto keep = [&]() -> Status {
    RETURN_IF_ERROR(parts_.check_owner());
    RETURN_IF_ERROR(claim());
    RETURN_IF_ERROR(object->Close(ctx));
    return parts_.rows.MarkStored(row.id, parts_.hold);
  };
  Status kept = keep();
  object.reset();
  if (kept) return kept;
  // Once another worker has the task its row may be gone already, so that nobody would look for it.
  // Its name is this attempt's alone.
  [[maybe_unused]] const Status removed = parts_.raw.Delete(ctx, AddressOf(row.storage_key));
  return kept;
}

Status RecipeTarget::EndPart(const Context& ctx) {
  if (row_.id.empty()) return {};
  const catalog::ArchivePart row = std::exchange(row_, {});
  const auto claim = [&] {
    return parts_.rows.Claim(row.id, parts_.backup, recipe_.parts[part_].size, parts_.hold);
  };
  return Keep(ctx, row, claim, std::move(object_));
}

std::size_t RecipeTarget::PlaceOf(const storage::RecipePart& part) {
  const auto found = std::find(recipe_.parts.begin(), recipe_.parts.end(), part);
  if (found != recipe_.parts.end()) {
    return static_cast<std::size_t>(found - recipe_.parts.begin());
  }
  recipe_.parts.push_back(part);
  return recipe_.parts.size() - 1;
}

void RecipeTarget::Reuse(const storage::RecipePart& part,
                         const std::vector<storage::RecipeRange>& ranges) {
  const std::size_t place = PlaceOf(part);
  for (storage::RecipeRange range : ranges) {
    range.part = place;
    archive_bytes_ += range.length;
    recipe_.ranges.push_back(range);
  }
}

Status RecipeTarget::Close(const Context& ctx) {
  const domain::Backup& backup = parts_.backup;
  const std::string text = storage::WriteRecipe(recipe_);
  RETURN_IF_ERROR(parts_.check_bytes(written_bytes_ + text.size()));
  catalog::ArchivePart row;
  row.id = NewUuid();
  row.project_id = backup.project_id;
  row.made_by = backup.id;
  row.storage_config_id = backup.storage_config_id;
  row.storage_key = RecipeKeyOf(backup, row.id);
  RETURN_IF_ERROR(parts_.rows.Begin(row, parts_.hold));
  ASSIGN_OR_RETURN(std::unique_ptr<ByteWriter> object,
                   parts_.raw.Create(ctx, AddressOf(row.storage_key)));
  RETURN_IF_ERROR(object->Write(ctx, BytesOf(text)));
  written_bytes_ += text.size();
  const auto claim = [&] { return parts_.rows.ClaimRecipe(row, backup, text.size(), parts_.hold); };
  return Keep(ctx, row, claim, std::move(object));
}

}  // namespace reprise::backup
