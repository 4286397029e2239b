#pragma once

#include <optional>

#include "backup/take_steps.hpp"
#include "catalog/archive_part_store.hpp"
#include "catalog/stores.hpp"

namespace reprise::backup {

// What is needed to compose an archive of parts, some of which are in storage already.
struct IncrementalTake {
  catalog::ArchivePartStore& parts;
  catalog::BackupStore& backups;
  storage::ObjectStore& raw;  // in which recipes are read as such
  const domain::Backup& backup;
  const std::optional<catalog::TaskHold>& hold;
};

// Whose members may be taken: composed too, found whole, in the same storage and sealed like this
// one, of a database of the same name, since that stands in the tar.
[[nodiscard]] bool IsBaseFor(const domain::Backup& base, const domain::Backup& backup,
                             const std::string& db_name);

// The archive as a recipe: gzip members of the filestore that earlier backups of the project have
// in the same storage are named there instead of being written once more; what is new goes into
// parts of this backup's own. `store` is the one in which recipes are read as what they make.
// kQuotaExceeded by the bytes that are really written.
[[nodiscard]] Status WriteIncremental(const Context& ctx, const Taking& taking,
                                      const IncrementalTake& incremental,
                                      storage::ObjectStore& store, TakenBackup& taken);

}  // namespace reprise::backup
