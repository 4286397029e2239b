#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "backup/archive_keys.hpp"
#include "backup/archive_room.hpp"
#include "backup/backup_service.hpp"
#include "backup/take_backup.hpp"
#include "catalog/stores.hpp"
#include "catalog/task_hold.hpp"
#include "catalog/upload_store.hpp"
#include "domain/upload.hpp"
#include "storage/object_store.hpp"

namespace reprise::backup {

struct UploadOrder {
  domain::ProjectId project_id;               // empty: the default project
  domain::StorageConfigId storage_config_id;  // empty: the organization's default
  std::string owner;                          // as domain::Upload
  std::string name;                           // empty: the file's
  std::string notes;
  std::string file_name;
  std::string fingerprint;
  std::string sha256;
  ByteCount total_bytes = 0;
  std::string idempotency_key;
};

// Where a request's bytes begin, and how many it has announced.
struct UploadPiece {
  ByteCount offset = 0;
  std::optional<ByteCount> bytes;
};

// Archives that come in pieces over lines that break (ADR 36). What has come lies as parts in the
// storage, so any node goes on with it; how far it is stands in the catalog, and is told only of
// parts that are durable. Thread-safe.
class Uploads {
 public:
  using OwnerCheck = std::function<Status()>;

  struct Parts {
    catalog::UploadStore& uploads;
    catalog::BackupStore& backups;
    catalog::TenancyStore& tenancy;
    storage::ObjectStore& store;
    BackupService& service;
    const Clock& clock;
    const ArchiveKeys* keys = nullptr;  // of archives that are sealed; null: those are refused
    ByteCount part_bytes = 16 << 20;    // at most so many are lost when a process dies
    ByteCount most_bytes = ByteCount{1} << 40;
    std::chrono::hours kept{24};  // from the last part on
    ArchiveRoom room{{}};         // where it is reserved
  };
  explicit Uploads(Parts parts) : parts_(parts) {}

  // Takes room for all of it. kQuotaExceeded, kNoSpace, kPayloadTooLarge, kInvalidArgument.
  [[nodiscard]] Result<domain::Upload> Begin(const Context& ctx, const UploadOrder& order);
  // Adds what `bytes` has. What came before it broke off is kept, and its error told. kConflict
  // when the upload stands elsewhere than the piece begins, takes no more, or another request has
  // begun to add to it since; kInvalidArgument when there are more bytes than were to come.
  [[nodiscard]] Result<domain::Upload> Append(const Context& ctx, const domain::BackupId& id,
                                              const UploadPiece& piece, ByteReader& bytes);
  // Registers the backup as pending and queues storing and verifying it. Again it tells the same
  // backup. kConflict while bytes lack.
  [[nodiscard]] Result<domain::Backup> Complete(const domain::BackupId& id);
  // Gives it up. kConflict once it is complete.
  [[nodiscard]] Status Abandon(const Context& ctx, const domain::BackupId& id);

  // For its task. Whether the backup came in pieces.
  [[nodiscard]] Result<bool> Has(const domain::BackupId& id) const;
  // Makes one archive of the parts, as StoreArchive does; nothing when that was done.
  [[nodiscard]] Status Store(const Context& ctx, const domain::BackupId& id,
                             const TakeProgress& progress, const OwnerCheck& check_owner,
                             const std::optional<catalog::TaskHold>& hold);

  // Removes what nobody needs any more, every minute until stopped. Trouble is logged.
  void Run(const std::stop_token& stop);
  [[nodiscard]] Status Sweep(const Context& ctx);

 private:
  [[nodiscard]] Status CheckRoom(const Context& ctx, const domain::Upload& upload) const;
  // For the parts and for the archive that will be made of them, from now to the archive's end.
  [[nodiscard]] Status ReserveRoom(const Context& ctx, const domain::Upload& upload) const;
  // One part, of what comes next; false: nothing comes any more.
  [[nodiscard]] Result<bool> AddPart(const Context& ctx, domain::Upload& upload, ByteReader& bytes);
  [[nodiscard]] Status Remove(const Context& ctx, const domain::Upload& upload);

  const Parts parts_;
};

}  // namespace reprise::backup
