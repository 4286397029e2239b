#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "catalog/snapshot_store.hpp"
#include "catalog/stores.hpp"
#include "domain/task.hpp"
#include "jobs/journal.hpp"

namespace reprise::snapshot {

struct SnapshotOrder {
  domain::EnvironmentId environment_id;
  std::string name;                            // to people; may be empty
  std::optional<std::chrono::hours> lifetime;  // nullopt: it stays until it is removed
  std::string created_by;
};

struct RollbackOrder {
  domain::SnapshotId snapshot_id;
  bool keep_snapshot = false;            // a copy of it goes live, and it stays
  std::chrono::hours keep_previous{24};  // what is live until then
  std::string confirm;                   // the environment's name, where the caller gives it
  std::string created_by;
};

// Snapshots of environments as callers handle them. Thread-safe.
class SnapshotService {
 public:
  struct Parts {
    catalog::SnapshotStore& snapshots;
    catalog::EnvironmentStore& environments;
    jobs::Journal& journal;
    const Clock& clock;
  };
  explicit SnapshotService(Parts parts) : parts_(std::move(parts)) {}

  // Registers a snapshot and queues taking it. kNotFound; kConflict when the environment is removed
  // or keeps as many as it may; kTargetBusy.
  [[nodiscard]] Result<domain::Snapshot> Take(const SnapshotOrder& order);
  // Queues making it live; the answer is the snapshot that the live state becomes. kConflict when
  // nothing stands of it; kIncompatible when the environment runs another major of Odoo by now;
  // kConfirmationMissing when the confirmation is of another one; kTargetBusy.
  [[nodiscard]] Result<domain::Snapshot> RollBack(const RollbackOrder& order);
  // Queues removing what stands of it. kConflict when nothing does; kTargetBusy.
  [[nodiscard]] Result<domain::Task> Remove(const domain::SnapshotId& id);
  // kInvalidArgument.
  [[nodiscard]] Status PutSettings(const domain::EnvironmentId& id,
                                   const domain::SnapshotSettings& settings);

  // Ends in the transaction that cancels it what `task`, which never ran, was for.
  [[nodiscard]] static Status EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                             const domain::Task& task);

 private:
  Result<domain::Environment> LivingEnvironment(const domain::EnvironmentId& id) const;

  Parts parts_;
};

// Whether a person may roll back to it: it stands whole.
[[nodiscard]] bool MayRollBackTo(const domain::Snapshot& snapshot);

}  // namespace reprise::snapshot
