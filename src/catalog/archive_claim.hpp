#pragma once

#include "catalog/database.hpp"
#include "domain/backup.hpp"

namespace reprise::catalog {

// kConflict when the archive of `backup`, which is not in the catalog yet, is one that a backup has
// already: by the same key of the same storage or, if Reprise wrote it, wherever it is seen.
[[nodiscard]] Status CheckArchiveUnclaimed(Transaction& transaction, const domain::Backup& backup);

}  // namespace reprise::catalog
