#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "backup/archive_at_url.hpp"
#include "backup/archive_keys.hpp"
#include "backup/archive_room.hpp"
#include "backup/sealer.hpp"
#include "backup/take_backup.hpp"
#include "catalog/import_source_store.hpp"
#include "catalog/stores.hpp"
#include "catalog/task_hold.hpp"
#include "domain/backup.hpp"
#include "storage/object_store.hpp"

namespace reprise::backup {

// Fetches archives from addresses into the storage (ADR 35). Where one comes from is kept sealed
// until its import has ended. Thread-safe.
class UrlImports {
 public:
  using OwnerCheck = std::function<Status()>;

  struct Parts {
    catalog::ImportSourceStore& sources;
    catalog::BackupStore& backups;
    catalog::TenancyStore& tenancy;
    storage::ObjectStore& store;
    Sealer sealer;
    const Clock& clock;
    const ArchiveKeys* keys = nullptr;  // of archives that are sealed; null: those are refused
    storage::UrlRules rules = {};
    std::chrono::seconds longest{24 * 3600};  // of all attempts at one archive
    ArchiveRoom room{{}};                     // where it is reserved
  };
  explicit UrlImports(Parts parts) : parts_(std::move(parts)) {}

  // kInvalidArgument with its field; nothing is connected to.
  [[nodiscard]] Status Check(const ArchiveAtUrl& archive) const {
    return storage::CheckUrlSource(archive.source, parts_.rules);
  }
  // For the row that stands beside the backup's.
  [[nodiscard]] std::string Sealed(const domain::BackupId& id, const ArchiveAtUrl& archive) const;
  // Whether the backup comes, or came, from an address.
  [[nodiscard]] Result<bool> Has(const domain::BackupId& id) const;
  // Brings the archive into the storage and records its size and sha256; does nothing when that was
  // done. kArchiveCorrupt when it was cut off or has another sha256 than was told,
  // kFormatUnsupported when it is no backup by its first bytes; else as storage::UrlReader.
  [[nodiscard]] Status Fetch(const Context& ctx, const domain::BackupId& id,
                             const TakeProgress& progress, const OwnerCheck& check_owner,
                             const std::optional<catalog::TaskHold>& hold);
  [[nodiscard]] Status Forget(const domain::BackupId& id,
                              const std::optional<catalog::TaskHold>& hold) {
    return parts_.sources.Forget(id, hold);
  }

 private:
  struct Attempt;
  [[nodiscard]] Result<ArchiveAtUrl> SourceOf(const domain::BackupId& id) const;
  [[nodiscard]] Status CheckRoom(const Context& ctx, const domain::Backup& backup,
                                 const std::optional<ByteCount>& size);
  [[nodiscard]] Status FetchOnce(const Context& ctx, Attempt& attempt);

  const Parts parts_;
};

}  // namespace reprise::backup
