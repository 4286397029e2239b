#pragma once

#include "catalog/drill_store.hpp"
#include "jobs/journal.hpp"
#include "storage/object_store.hpp"

namespace reprise::restore {

// One of the two; a backup wins.
struct DrillOrder {
  domain::BackupId backup_id;
  domain::EnvironmentId environment_id;  // its newest verified backup
};

// Drills as callers handle them. Thread-safe.
class DrillService {
 public:
  struct Parts {
    catalog::DrillStore& drills;
    catalog::BackupStore& backups;
    catalog::RestoreStore& restores;
    catalog::EnvironmentStore& environments;
    catalog::TenancyStore& tenancy;
    jobs::Journal& journal;
    const Clock& clock;
  };
  explicit DrillService(Parts parts) : parts_(parts) {}

  // Registers a drill with its throwaway environment, and queues it. kBackupNotAvailable without a
  // verified backup; kTargetBusy while another drill of that environment runs.
  [[nodiscard]] Result<domain::Drill> Order(const DrillOrder& order,
                                            const jobs::Alongside& alongside = {});
  // What a drill of that environment's backups holds: one at a time does.
  [[nodiscard]] static std::string TargetOf(const domain::EnvironmentId& environment);
  // Ends in the transaction that cancels it what `task`, which never ran, was for.
  [[nodiscard]] static Status EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                             const domain::Task& task);

 private:
  [[nodiscard]] Result<domain::ServerId> ServerFor(const domain::Backup& backup) const;
  [[nodiscard]] Result<domain::Backup> BackupFor(const DrillOrder& order) const;

  Parts parts_;
};

}  // namespace reprise::restore
