#pragma once

#include <functional>
#include <string>

#include "archive/verify.hpp"
#include "backup/archive_room.hpp"
#include "backup/incremental_check.hpp"
#include "backup/take_backup.hpp"
#include "catalog/proof_store.hpp"
#include "catalog/space_store.hpp"
#include "catalog/stores.hpp"
#include "catalog/task_hold.hpp"
#include "docker/engines.hpp"
#include "domain/backup.hpp"
#include "proof/signing_key.hpp"

namespace reprise::backup {

// Takes a backup's row in the catalog from pending to completed and verified. Used by the backup
// task and by a restore's safety backup. Thread-safe.
class BackupMaker {
 public:
  // Asked right before each act that counts: whether the caller still owns the task.
  using OwnerCheck = std::function<Status()>;

  struct Parts {
    catalog::BackupStore& backups;
    catalog::EnvironmentStore& environments;
    storage::ObjectStore& store;
    docker::Engines& engines;
    const Clock& clock;
    catalog::ProofStore* proofs = nullptr;             // where proofs are kept, if they are
    const proof::SigningKey* signer = nullptr;         // by whom they are signed
    ArchiveRoom room{{}};                              // where it is reserved
    std::optional<IncrementalParts> incremental = {};  // without, there are none
  };
  explicit BackupMaker(Parts parts) : parts_(std::move(parts)) {}

  // Reserves for a backup's task what its archive will take of the folder that it goes to: by the
  // environment's last one, else by what its database and its files take now. kNoSpace, with
  // the numbers, when that is not free beside what others have reserved; kLeaseLost.
  [[nodiscard]] Status ReserveRoom(const Context& ctx, const domain::BackupId& id,
                                   const odoo::HelperOwner& owner,
                                   const std::optional<catalog::TaskHold>& hold);
  [[nodiscard]] Status FreeRoom(const std::optional<catalog::TaskHold>& hold);

  // With a `hold`, the row is written only as long as the claim lasts; kLeaseLost afterwards.
  //
  // Writes the archive and records it (status running). Warnings go to `warn`. kQuotaExceeded, with
  // nothing left in storage, when it is more than its organization may store.
  [[nodiscard]] Status Take(
      const Context& ctx, const domain::BackupId& id, const odoo::HelperOwner& owner,
      const TakeProgress& progress, const std::function<void(std::string)>& warn,
      const OwnerCheck& check_owner = [] { return Status(); },
      const std::optional<catalog::TaskHold>& hold = std::nullopt);
  // Reads the archive back whole, compares, records what it holds and marks it completed and
  // verified. Keeps a signed proof of it. Also for an imported or an older one. Of an incremental
  // one that is new, only what it has not taken from earlier backups is read: theirs was.
  [[nodiscard]] Status Verify(
      const Context& ctx, const domain::BackupId& id, const TakeProgress& progress,
      const std::function<void(std::string)>& warn,
      const OwnerCheck& check_owner = [] { return Status(); },
      const std::optional<catalog::TaskHold>& hold = std::nullopt);
  // Takes back: no archive, no helper stays. The row is left to MarkEnded.
  [[nodiscard]] Status Discard(const Context& ctx, const domain::BackupId& id,
                               const odoo::HelperOwner& owner);
  // Failed or cancelled, with the sentence; a backup that is completed stays so.
  [[nodiscard]] Status MarkEnded(const domain::BackupId& id, const Error& error,
                                 const std::optional<catalog::TaskHold>& hold = std::nullopt);

 private:
  [[nodiscard]] Result<ByteCount> MeasureFirst(const Context& ctx, const domain::Backup& backup,
                                               const odoo::HelperOwner& owner);
  // All that is whole.
  [[nodiscard]] Result<TakenBackup> TakeAll(const Context& ctx, const domain::Backup& backup,
                                            docker::Engine& engine,
                                            const domain::Environment& environment,
                                            TakeOptions& options, const TakeProgress& progress,
                                            const std::function<void(std::string)>& warn,
                                            const std::optional<catalog::TaskHold>& hold);
  // What its archive will take of the storage, by the last one.
  [[nodiscard]] Result<ByteCount> ExpectBytes(const domain::Backup& backup) const;
  // How much of an archive is to be read.
  struct Reading {
    std::string sha256;              // of the archive; empty: not known, as it is not read whole
    archive::FilestoreFilter reads;  // empty: all files
  };
  [[nodiscard]] Result<Reading> HowToRead(const Context& ctx, const domain::Backup& backup,
                                          RandomReader& object, const TakeProgress& progress,
                                          const std::optional<catalog::TaskHold>& hold);
  [[nodiscard]] Result<archive::VerifyReport> ReadBack(const Context& ctx,
                                                       const domain::Backup& backup,
                                                       const TakeProgress& progress,
                                                       const std::optional<catalog::TaskHold>& hold,
                                                       std::string& sha256);
  [[nodiscard]] Status KeepProof(const domain::BackupId& id, const std::string& sha256,
                                 const archive::VerifyReport& report);

  Parts parts_;
};

}  // namespace reprise::backup
