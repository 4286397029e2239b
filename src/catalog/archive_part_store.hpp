#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "catalog/database.hpp"
#include "catalog/task_hold.hpp"
#include "domain/backup.hpp"

namespace reprise::catalog {

// An object in storage of which incremental backups are composed.
struct ArchivePart {
  // kWriting: not whole yet. kStored: backups may take bytes of it. kDoubted: was found damaged, so
  // no further backup does. kDeleting: nobody does, and it is being removed.
  enum class State { kWriting, kStored, kDoubted, kDeleting };

  std::string id;
  domain::ProjectId project_id;
  domain::BackupId made_by;
  domain::StorageConfigId storage_config_id;  // empty: the installation's own folder
  std::string storage_key;
  ByteCount bytes = 0;  // as its storage has it
  State state = State::kWriting;
  Instant created_at;
};

// Parts of incremental backups and who needs them. A part is registered, with its use by the backup
// that makes it, before its first byte is written, so that nothing is in storage of which nobody
// knows. A use counts as long as its backup is pending, running or completed: whatever ends a
// backup gives up what it used in the same transaction. Thread-safe. With a hold, rows are written
// only as long as the claim lasts; kLeaseLost afterwards.
class ArchivePartStore {
 public:
  using Hold = std::optional<TaskHold>;

  ArchivePartStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // Of one being written, used by what makes it. One that is known by its id is begun again.
  [[nodiscard]] Status Begin(const ArchivePart& part, const Hold& hold);
  // Right before it takes its place: records its size, as far as the quota of the backup's
  // organization allows. kQuotaExceeded.
  [[nodiscard]] Status Claim(const std::string& id, const domain::Backup& backup, ByteCount bytes,
                             const Hold& hold);
  // The same of a recipe, which is the backup's archive from then on: one attempt's name is not the
  // other's, so that a worker that slept in between writes over nothing.
  [[nodiscard]] Status ClaimRecipe(const ArchivePart& recipe, const domain::Backup& backup,
                                   ByteCount bytes, const Hold& hold);
  [[nodiscard]] Status MarkStored(const std::string& id, const Hold& hold);

  // Gives `backup` the use of all parts that lie under these keys in its storage and that it may
  // take bytes of; says the keys of those. What is being deleted is not among them.
  [[nodiscard]] Result<std::set<std::string>> Use(const domain::Backup& backup,
                                                  const std::set<std::string>& keys,
                                                  const Hold& hold);
  // Gives `backup` the use of all of these keys that this catalog knows, in whatever storage, as
  // one may be registered twice: for an archive that was found where it lay. None or all: kConflict
  // when one is another project's, kBackupNotAvailable when one is not whole or is being deleted.
  [[nodiscard]] Status UseFound(const domain::Backup& backup, const std::set<std::string>& keys,
                                const Hold& hold);
  // Gives up what `backup` uses except for what it made itself and what lies under these keys.
  [[nodiscard]] Status UseOnly(const domain::Backup& backup, const std::set<std::string>& keys,
                               const Hold& hold);
  // Gives up all that `backup` uses: what former attempts at it have made.
  [[nodiscard]] Status Restart(const domain::BackupId& backup, const Hold& hold);

  [[nodiscard]] Result<std::vector<ArchivePart>> UsedBy(const domain::BackupId& backup) const;
  // kBackupNotAvailable unless everything that it uses is still there: in the transaction that says
  // that the backup is complete.
  [[nodiscard]] static Status CheckUsableIn(Transaction& transaction, const domain::BackupId& id);
  // No further backup takes bytes of those of these keys that `backup` uses. Names of other backups
  // that do.
  [[nodiscard]] Result<std::vector<std::string>> Doubt(const domain::Backup& backup,
                                                       const std::set<std::string>& keys);
  // Were read and are well: takes the doubt off what `backup` uses.
  [[nodiscard]] Status Trust(const domain::BackupId& backup);

  // Marks parts that nobody needs, in the transaction that sees it, so that nobody begins to use
  // them. By their ids, those that are to be removed and come after `after`, at most so many.
  [[nodiscard]] Result<std::vector<ArchivePart>> TakeUnused(int most,
                                                            const std::string& after = "");
  // Its object is gone.
  [[nodiscard]] Status Remove(const std::string& id);

 private:
  Database& database_;
  const Clock& clock_;
};

}  // namespace reprise::catalog
