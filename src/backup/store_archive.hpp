#pragma once

#include <functional>
#include <optional>
#include <string>

#include "backup/archive_keys.hpp"
#include "backup/archive_room.hpp"
#include "base/stream.hpp"
#include "catalog/stores.hpp"
#include "catalog/task_hold.hpp"
#include "domain/backup.hpp"
#include "storage/object_store.hpp"

namespace reprise::backup {

struct StoreArchiveParts {
  catalog::BackupStore& backups;
  storage::ObjectStore& store;
  const ArchiveKeys* keys = nullptr;  // of archives that are sealed; null: those are refused
};

// An archive that arrives for a backup whose row is there.
struct ArrivingArchive {
  const domain::Backup& backup;
  const domain::OrganizationId& organization;
  const std::string& sha256;      // of what arrives; empty: not told
  std::string where;              // begins a sentence: "what lies at https://…"
  std::string hint_when_unknown;  // for what is no backup
  ArrivalRoom& room;              // has begun
  const std::function<Status()>& check_owner;
  const std::optional<catalog::TaskHold>& hold;
};

// Brings it into the storage, opened when it is sealed with a key of the organization, and records
// its size and sha256. kFormatUnsupported when it is no backup by its first bytes, before anything
// is stored; kArchiveCorrupt when it has another sha256 than was told; kQuotaExceeded, kNoSpace.
[[nodiscard]] Status StoreArchive(const Context& ctx, const StoreArchiveParts& parts,
                                  const ArrivingArchive& archive, ByteReader& arriving);

// For what is told of progress and of room.
[[nodiscard]] inline double Megabytes(ByteCount bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace reprise::backup
