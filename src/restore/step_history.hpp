#pragma once

#include <vector>

#include "catalog/drill_store.hpp"
#include "catalog/stores.hpp"
#include "jobs/journal.hpp"
#include "restore/estimate.hpp"
#include "restore/order.hpp"

namespace reprise::restore {

// What the last tasks of this installation took and moved, out of journal and catalog. Those that
// were interrupted and gone on with tell nothing, and are left out. Thread-safe.
class StepHistory {
 public:
  struct Parts {
    const jobs::Journal& journal;
    const catalog::RestoreStore& restores;
    const catalog::BackupStore& backups;
    const catalog::EnvironmentStore& environments;
    const catalog::DrillStore* drills = nullptr;  // null: drills are not looked at
  };
  explicit StepHistory(const Parts& parts) : parts_(parts) {}

  // How long the steps of a task that is about to run should take.
  [[nodiscard]] Result<jobs::SecondsByStep> Expect(const domain::Task& task) const;
  // How long a restore that was not ordered yet would take.
  [[nodiscard]] Result<Estimate> EstimateOf(const Order& order) const;

 private:
  // What the rows behind a task say of it.
  struct Facts {
    TaskAhead about;
    domain::RestoreStrategy strategy = domain::RestoreStrategy::kAuto;
    std::optional<double> downtime_seconds;
  };
  enum class When { kPast, kAhead };
  [[nodiscard]] Result<Facts> FactsOf(const domain::Task& task, When when) const;
  [[nodiscard]] Result<Facts> FactsOfRestore(const domain::RestoreId& id, When when) const;
  [[nodiscard]] Result<Facts> FactsOfBackup(const domain::Task& task, When when) const;
  [[nodiscard]] Result<domain::ServerId> ServerOf(const domain::EnvironmentId& id) const;
  // As the newest backup of the environment; nullopt when it has none.
  [[nodiscard]] Result<std::optional<domain::Backup>> LastOf(const domain::EnvironmentId& id,
                                                             const domain::Backup& like) const;
  [[nodiscard]] Result<std::vector<PastTask>> PastFor(domain::TaskKind kind) const;

  Parts parts_;
};

}  // namespace reprise::restore
