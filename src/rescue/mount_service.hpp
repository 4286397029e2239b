#pragma once

#include <chrono>
#include <string>

#include "backup/sealer.hpp"
#include "base/context.hpp"
#include "catalog/mount_store.hpp"
#include "catalog/stores.hpp"
#include "domain/task.hpp"
#include "jobs/journal.hpp"
#include "restore/restore_service.hpp"
#include "storage/object_store.hpp"

namespace reprise::rescue {

struct MountOrder {
  domain::BackupId backup_id;
  domain::EnvironmentId environment_id;  // empty: the backup's own
  std::chrono::hours lifetime{4};        // 1 to 72
  std::string created_by;
};

// Mounts of backups as callers handle them. Thread-safe.
class MountService {
 public:
  struct Parts {
    catalog::MountStore& mounts;
    catalog::BackupStore& backups;
    catalog::EnvironmentStore& environments;
    jobs::Journal& journal;
    storage::ObjectStore& store;
    const Clock& clock;
    backup::Sealer sealer;
  };
  explicit MountService(Parts parts) : parts_(std::move(parts)) {}

  // Registers a mount and queues it. kBackupNotAvailable, kNotFound, kIncompatible (another
  // project or Odoo major), kInvalidArgument, kConflict when the environment is being removed.
  [[nodiscard]] Result<domain::Mount> Order(const Context& ctx, const MountOrder& order);
  // kTargetBusy while a task other than a backup works on the live environment: what is brought
  // back then would go into what is swapped out.
  [[nodiscard]] Status CheckLiveIsFree(const domain::EnvironmentId& id) const;
  // Queues dropping what stands of it. kConflict when nothing does; kTargetBusy while it is made.
  [[nodiscard]] Result<domain::Task> Unmount(const domain::MountId& id);
  // Queues that for each whose time is over, and again, after a pause, for what a failure has left.
  [[nodiscard]] Status UnmountOver();
  // The password of its role.
  [[nodiscard]] Result<std::string> LoginOf(const domain::Mount& mount) const;

  // What tasks on a mount hold: one at a time does.
  [[nodiscard]] static std::string TargetOf(const domain::MountId& id);
  // Ends in the transaction that cancels it what `task`, which never ran, was for.
  [[nodiscard]] static Status EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                             const domain::Task& task);

 private:
  Parts parts_;
};

}  // namespace reprise::rescue
