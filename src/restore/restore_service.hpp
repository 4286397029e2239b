#pragma once

#include <functional>
#include <string>

#include "base/context.hpp"
#include "base/error.hpp"
#include "catalog/snapshot_store.hpp"
#include "catalog/space_store.hpp"
#include "catalog/stores.hpp"
#include "docker/engines.hpp"
#include "domain/backup.hpp"
#include "domain/environment.hpp"
#include "domain/restore_point.hpp"
#include "domain/task.hpp"
#include "jobs/journal.hpp"
#include "restore/order.hpp"
#include "storage/object_store.hpp"

namespace reprise::restore {

// What a caller gets back for a restore that was queued.
struct RestoreTicket {
  domain::RestorePoint restore;
  domain::Task task;
  domain::Environment target;
  bool is_new_environment = false;
};

// Whether an existing environment can take a backup: alive, same project, same Odoo major. Says why
// not.
[[nodiscard]] Status CheckCompatible(const domain::Backup& backup,
                                     const domain::Environment& target);

// Restores as callers handle them. Thread-safe.
class RestoreService {
 public:
  struct Parts {
    catalog::RestoreStore& restores;
    catalog::BackupStore& backups;
    catalog::EnvironmentStore& environments;
    catalog::TenancyStore& tenancy;
    jobs::Journal& journal;
    storage::ObjectStore& store;
    const Clock& clock;
    // Whether the target has room, asked before a restore is queued; empty: not asked.
    std::function<Status(const Context&, const Order&)> check_room = {};
    // Asked whether a server can hold a new environment. Null: nobody is asked.
    docker::Engines* engines = nullptr;
    // What projects say of copies of their production. Null: nothing.
    const catalog::SafeCopyStore* safe_copies = nullptr;
    // What tasks have reserved of servers' disks. Null: nothing.
    const catalog::SpaceStore* space = nullptr;
    // What environments keep of restores. Null: nothing.
    const catalog::SnapshotStore* snapshots = nullptr;
  };
  explicit RestoreService(Parts parts) : parts_(std::move(parts)) {}

  // Checks the request against the backup and the target (all of validate that needs no container)
  // and queues it. kBackupNotAvailable, kNotFound, kTargetBusy, kNameTaken, kIncompatible,
  // kNoSpace, kQuotaExceeded, …
  [[nodiscard]] Result<RestoreTicket> Submit(const Context& ctx,
                                             const domain::RestoreRequest& request);
  // Queues putting the previous state back. kConflict when there is none (any more).
  [[nodiscard]] Result<domain::Task> Undo(const domain::RestoreId& id);
  // Queues removing the previous state: keep what was restored and free the space.
  [[nodiscard]] Result<domain::Task> Release(const domain::RestoreId& id);
  // Ends in the transaction that cancels it what `task`, which never ran, was for: no workflow
  // will.
  [[nodiscard]] static Status EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                             const domain::Task& task);

 private:
  Parts parts_;
};

}  // namespace reprise::restore
