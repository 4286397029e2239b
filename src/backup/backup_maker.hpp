#pragma once

#include <functional>
#include <string>

#include "archive/verify.hpp"
#include "backup/take_backup.hpp"
#include "catalog/stores.hpp"
#include "docker/engines.hpp"
#include "domain/backup.hpp"

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
  };
  explicit BackupMaker(Parts parts) : parts_(parts) {}

  // Writes the archive and records it (status running). Warnings go to `warn`.
  [[nodiscard]] Status Take(
      const Context& ctx, const domain::BackupId& id, const odoo::HelperOwner& owner,
      const TakeProgress& progress, const std::function<void(std::string)>& warn,
      const OwnerCheck& check_owner = [] { return Status(); });
  // Reads the archive back whole, compares, records what it holds and marks it completed and
  // verified. Also for an imported or an older one.
  [[nodiscard]] Status Verify(
      const Context& ctx, const domain::BackupId& id, const TakeProgress& progress,
      const std::function<void(std::string)>& warn,
      const OwnerCheck& check_owner = [] { return Status(); });
  // Takes back: no archive, no helper stays. The row is left to MarkEnded.
  [[nodiscard]] Status Discard(const Context& ctx, const domain::BackupId& id,
                               const odoo::HelperOwner& owner);
  // Failed or cancelled, with the sentence; a backup that is completed stays so.
  [[nodiscard]] Status MarkEnded(const domain::BackupId& id, const Error& error);

 private:
  Parts parts_;
};

}  // namespace reprise::backup
