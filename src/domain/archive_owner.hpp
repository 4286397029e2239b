#pragma once

#include <string_view>

#include "domain/backup.hpp"

namespace reprise::domain {

// The file's name of a storage key, without its extensions: of an archive that Reprise wrote, the
// id of the backup that it was written for.
[[nodiscard]] std::string_view StemOfKey(std::string_view storage_key);

// Whether Reprise wrote the archive for this backup. One that was registered where it lay is
// somebody else's, and never deleted.
[[nodiscard]] bool OwnsItsArchive(const Backup& backup);

}  // namespace reprise::domain
