#pragma once

#include <memory>
#include <string>

#include "odoo/labels.hpp"
#include "postgres/cluster.hpp"
#include "snapshot/snapshot_workflows.hpp"

namespace reprise::snapshot {

// One task on a snapshot as its steps see it.
struct Work {
  SnapshotParts parts;
  domain::Task task;
  domain::Snapshot snapshot;  // the task's subject, as it was when the task was claimed
  domain::Environment environment;
  std::shared_ptr<docker::Engine> engine;

  [[nodiscard]] postgres::Cluster cluster() const {
    return {*engine, environment.containers.db, environment.db_admin};
  }
  [[nodiscard]] odoo::HelperOwner Owner(const jobs::StepRun& run) const {
    return {parts.settings.installation, task.id, run.epoch()};
  }
  // What the snapshot's database is called, and its folder beside the live filestore.
  [[nodiscard]] std::string KeptName() const;
  [[nodiscard]] std::string FilesOf(const std::string& database) const {
    return restore::RestoreSession::FilestoreOf(environment, database);
  }
  // Changes its row: kLeaseLost once another worker has the task.
  [[nodiscard]] Status Record(const catalog::SnapshotStore::Change& change) const {
    return parts.snapshots.Update(snapshot.id, catalog::HoldOf(task), change);
  }
  // Reserves room for a database of so many bytes, and for its dump, which the engine holds while
  // it is loaded. kNoSpace.
  [[nodiscard]] Status Reserve(const Context& ctx, jobs::StepRun& run, ByteCount database,
                               ByteCount dump) const;
};
using WorkPtr = std::shared_ptr<Work>;

[[nodiscard]] Result<WorkPtr> OpenWork(const SnapshotParts& parts, const domain::Task& task);

// Removes helpers of earlier attempts at the task.
[[nodiscard]] Status BeginAttempt(const Context& ctx, const Work& work);

// Drops whatever stands of `snapshot`, also half of it, and its files. Of an environment that is
// removed nothing does. Fails when its containers are not there: what they have cannot be seen.
[[nodiscard]] Status RemoveWhatStands(const Context& ctx, const Work& work,
                                      const domain::Snapshot& snapshot, jobs::StepRun& run);

}  // namespace reprise::snapshot
