#include "storage/archive_key.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/hex.hpp"
#include "base/id.hpp"

namespace reprise::storage {

ArchiveKey NewArchiveKey(Instant now) {
  return {NewUuid(), FromHex(RandomHex(kArchiveKeyBytes)), now};
}

Result<ArchiveKey> ListedKeys::Newest(const Context& ctx) {
  RETURN_IF_ERROR(ctx.Check());
  const auto newest = std::max_element(
      keys_.begin(), keys_.end(),
      [](const ArchiveKey& a, const ArchiveKey& b) { return a.created_at < b.created_at; });
  if (newest != keys_.end()) return *newest;
  return Fail(ErrorCode::kConflict, "there is no key to seal archives with");
}

Result<ArchiveKey> ListedKeys::Find(const Context& ctx, std::string_view id) {
  RETURN_IF_ERROR(ctx.Check());
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [&](const ArchiveKey& key) { return key.id == id; });
  if (found != keys_.end()) return *found;
  return Fail(ErrorCode::kNotFound, fmt::format("the key {} is not among those that are known", id),
              "take a recovery sheet of the organization that made the archive");
}

}  // namespace reprise::storage
