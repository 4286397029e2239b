#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backup/archive_at_url.hpp"
#include "backup/archive_keys.hpp"
#include "backup/archive_room.hpp"
#include "base/context.hpp"
#include "base/error.hpp"
#include "catalog/stores.hpp"
#include "domain/backup.hpp"
#include "domain/task.hpp"
#include "domain/upload.hpp"
#include "jobs/journal.hpp"
#include "storage/object_store.hpp"

namespace reprise::backup {

class UrlImports;

struct BackupOrder {
  domain::EnvironmentId environment_id;
  domain::BackupType type = domain::BackupType::kManual;
  std::string name;  // empty: made from type and time
  std::string notes;
  bool include_filestore = true;
  bool incremental = false;                   // what is in storage already is not stored again
  domain::StorageConfigId storage_config_id;  // empty: the organization's default
  std::string idempotency_key;
};

enum class Keep { kForever, kAsLongAsItsPolicySays };

struct ImportOrder {
  domain::ProjectId project_id;               // empty: the default project
  domain::StorageConfigId storage_config_id;  // empty: the organization's default
  std::string name;
  std::string notes;
  std::optional<ByteCount> bytes;  // that will come, where it was told
};

// An archive that lies in a storage of the organization already.
struct ImportByKeyOrder {
  domain::ProjectId project_id;  // empty: the default project
  domain::StorageConfigId storage_config_id;
  std::string storage_key;
  std::string name;
  std::string notes;
};

// An archive that a worker is to fetch from an address.
struct ImportByUrlOrder {
  domain::ProjectId project_id;               // empty: the default project
  domain::StorageConfigId storage_config_id;  // empty: the organization's default
  ArchiveAtUrl archive;
  std::string name;
  std::string notes;
};

// Ok for none; else kInvalidArgument unless it is one in lower-case hex.
[[nodiscard]] Status CheckSha256(const std::string& told);

// Backups as callers handle them. Thread-safe.
class BackupService {
 public:
  struct Parts {
    catalog::BackupStore& backups;
    catalog::EnvironmentStore& environments;
    catalog::TenancyStore& tenancy;
    jobs::Journal& journal;
    storage::ObjectStore& store;
    const Clock& clock;
    const ArchiveKeys* keys = nullptr;  // of uploads that are sealed; null: those are refused
    const UrlImports* urls = nullptr;   // null: no archives are fetched from addresses
    ArchiveRoom room{{}};               // where room for uploads is reserved
  };
  explicit BackupService(Parts parts) : parts_(parts) {}

  // Registers a pending backup and queues its making. The environment stays up.
  // `alongside` is part of the transaction that queues it, unless the idempotency key is known.
  [[nodiscard]] Result<domain::Backup> Order(const BackupOrder& order,
                                             const jobs::Alongside& alongside = {});
  // What a backup of that environment holds: one at a time does.
  [[nodiscard]] static std::string TargetOf(const domain::EnvironmentId& environment);
  // Streams an archive into storage, registers it as pending and queues its verification. One that
  // is sealed with a key of the organization is opened on the way. kNoSpace, kQuotaExceeded.
  [[nodiscard]] Result<domain::Backup> Import(const Context& ctx, const ImportOrder& order,
                                              ByteReader& archive);
  // Registers an archive where it lies, as pending, and queues its verification. It is not copied,
  // and stays when the backup is deleted. kConflict when it is another backup's already; that the
  // storage is one of the project's organization is the caller's to see to.
  [[nodiscard]] Result<domain::Backup> ImportByKey(const Context& ctx,
                                                   const ImportByKeyOrder& order);
  // Registers a backup as pending and queues fetching and verifying it. kInvalidArgument with its
  // field; the address is not asked yet.
  [[nodiscard]] Result<domain::Backup> ImportByUrl(const ImportByUrlOrder& order);
  // The one that was told, or the default one where none was.
  [[nodiscard]] Result<catalog::Project> ProjectOf(const domain::ProjectId& told) const;
  // Registers what came in pieces as a pending backup with the upload's id and queues storing and
  // verifying it. `first` is part of that transaction. kConflict when that was done.
  using WriteIn = std::function<Status(catalog::Transaction&)>;
  [[nodiscard]] Result<domain::Backup> ImportUploaded(const domain::Upload& upload,
                                                      const WriteIn& first);
  // Queues reading the whole archive through again.
  [[nodiscard]] Result<domain::Task> Verify(const domain::BackupId& id);
  // kBackupNotAvailable unless its archive is there.
  [[nodiscard]] Result<std::unique_ptr<RandomReader>> Download(const Context& ctx,
                                                               const domain::BackupId& id);
  // An address from which whoever has it may fetch the archive until `valid` is over, where its
  // storage can give one.
  [[nodiscard]] Result<std::optional<std::string>> DownloadAddress(const Context& ctx,
                                                                   const domain::BackupId& id,
                                                                   std::chrono::seconds valid,
                                                                   const std::string& file_name);
  // Marks it deleted and removes its archive. kConflict while a task uses it, it is mounted, or it
  // is marked to be kept forever; `confirm` must be its name or id (kConfirmationMissing).
  [[nodiscard]] Result<domain::Backup> Delete(const Context& ctx, const domain::BackupId& id,
                                              const std::string& confirm);
  // The same without a word from a person, for what retention has found to be over. `still` is
  // asked in the transaction that marks it.
  using StillOver = std::function<Status(catalog::Transaction&)>;
  [[nodiscard]] Result<domain::Backup> Expire(const Context& ctx, const domain::BackupId& id,
                                              const StillOver& still);
  // Whether retention and people may delete it.
  [[nodiscard]] Result<domain::Backup> KeepForever(const domain::BackupId& id, Keep keep);
  // Ends in the transaction that cancels it what `task`, which never ran, was for: no workflow
  // will.
  [[nodiscard]] static Status EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                             const domain::Task& task);

 private:
  [[nodiscard]] domain::Backup NewImport(const catalog::Project& project, const std::string& name,
                                         const std::string& notes) const;
  [[nodiscard]] Status PlaceImport(const domain::StorageConfigId& chosen,
                                   domain::Backup& backup) const;
  [[nodiscard]] Status StoreImport(const Context& ctx, const ImportOrder& order,
                                   const catalog::Project& project, ByteReader& archive,
                                   domain::Backup& backup) const;
  [[nodiscard]] Status SubmitImport(const domain::Backup& backup, const WriteIn& first);

  [[nodiscard]] Result<domain::Backup> Remove(const Context& ctx, const domain::Backup& backup,
                                              const StillOver& still);

  Parts parts_;
};

}  // namespace reprise::backup
