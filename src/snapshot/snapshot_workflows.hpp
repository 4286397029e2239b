#pragma once

#include <memory>

#include "catalog/snapshot_store.hpp"
#include "catalog/space_store.hpp"
#include "catalog/stores.hpp"
#include "docker/engines.hpp"
#include "jobs/workflow.hpp"
#include "restore/restore_session.hpp"

namespace reprise::snapshot {

// What tasks on snapshots are made with: the rest of the house. Borrowed.
struct SnapshotParts {
  catalog::SnapshotStore& snapshots;
  catalog::BackupStore& backups;
  catalog::EnvironmentStore& environments;
  docker::Engines& engines;
  const Clock& clock;
  restore::RestoreSettings settings;
  catalog::SpaceStore& space;
};

// validate → copy: a copy of the live database and its files stands beside them, fenced. Odoo goes
// on serving. The task's subject is the snapshot.
[[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> MakeTakeWorkflow(const SnapshotParts& parts,
                                                                       const domain::Task& task);

// validate → [copy] → swap → start → verify: a snapshot becomes live, what was live becomes one. By
// itself the other way round when it does not run. The subject is the snapshot that comes to be.
[[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> MakeRollbackWorkflow(
    const SnapshotParts& parts, const domain::Task& task);

// Removes what stands of a snapshot. The subject is the snapshot.
[[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> MakeDropWorkflow(const SnapshotParts& parts,
                                                                       const domain::Task& task);

}  // namespace reprise::snapshot
