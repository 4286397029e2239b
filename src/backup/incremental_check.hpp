#pragma once

#include <set>
#include <string>
#include <unordered_set>

#include "catalog/archive_part_store.hpp"
#include "domain/backup.hpp"
#include "storage/object_store.hpp"

namespace reprise::backup {

// What incremental backups are made of.
struct IncrementalParts {
  catalog::ArchivePartStore& rows;
  storage::ObjectStore& raw;  // in which recipes are read as such
};

// Whether its archive is composed of parts.
[[nodiscard]] bool IsIncremental(const domain::Backup& backup);

// Files of a new backup that lie in parts that earlier ones made and read back then. Also makes
// sure that all its parts are there, each in its size: kArchiveCorrupt. `composed` is the store in
// which recipes are read as what they make.
[[nodiscard]] Result<std::unordered_set<std::string>> FilesReadBefore(
    const Context& ctx, const IncrementalParts& parts, storage::ObjectStore& composed,
    const domain::Backup& backup);

// Registers that a backup whose archive was found where it lay needs those of its parts that this
// installation has, so that they stay. Fails where it may not have one: of the others the sweep
// knows nothing, but that one it would delete.
[[nodiscard]] Status UseKnownParts(const Context& ctx, const IncrementalParts& parts,
                                   const domain::Backup& backup,
                                   const std::optional<catalog::TaskHold>& hold);

// Of a backup that was found damaged: reads all its parts' bytes once more, to say in which of
// them the damage is and which other backups have bytes of those. No further backup takes any.
[[nodiscard]] Error WithDamagedParts(const Context& ctx, const IncrementalParts& parts,
                                     const domain::Backup& backup, Error error);

}  // namespace reprise::backup
