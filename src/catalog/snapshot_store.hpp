#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "catalog/stores.hpp"
#include "catalog/task_hold.hpp"
#include "domain/snapshot.hpp"

namespace reprise::catalog {

struct SnapshotFilter {
  std::optional<domain::ProjectId> project_id;
  std::optional<std::vector<domain::ProjectId>> among;  // of these projects only
  std::optional<domain::EnvironmentId> environment_id;
  std::optional<domain::SnapshotStatus> status;
};

// As the other stores (stores.hpp).
class SnapshotStore {
 public:
  using Change = std::function<Status(domain::Snapshot&)>;

  SnapshotStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  [[nodiscard]] Result<domain::Snapshot> Get(const domain::SnapshotId& id) const;
  [[nodiscard]] Result<Page<domain::Snapshot>> List(const SnapshotFilter& filter,
                                                    PageRequest page) const;
  // All that may stand in clusters, the newest first: also of failures that left something.
  [[nodiscard]] Result<std::vector<domain::Snapshot>> Standing() const;
  // Only while the claim lasts: kLeaseLost, and nothing changed, otherwise.
  [[nodiscard]] Status Update(const domain::SnapshotId& id, const std::optional<TaskHold>& hold,
                              const Change& change);
  // Unless it is there already (the step that makes it is done again after a crash); under the same
  // condition.
  [[nodiscard]] Status InsertOnce(const domain::Snapshot& snapshot,
                                  const std::optional<TaskHold>& hold);

  [[nodiscard]] Result<domain::SnapshotSettings> SettingsOf(
      const domain::EnvironmentId& environment) const;
  // Whether a restore into it leaves a snapshot: it is to, and those that persons took leave room.
  [[nodiscard]] Result<bool> KeepsRestoresOf(const domain::EnvironmentId& environment) const;
  [[nodiscard]] Status PutSettings(const domain::EnvironmentId& environment,
                                   const domain::SnapshotSettings& settings);

  [[nodiscard]] static Status InsertIn(Transaction& transaction, const domain::Snapshot& snapshot);
  [[nodiscard]] static Status UpdateIn(Transaction& transaction, const domain::SnapshotId& id,
                                       const Change& change);
  // Those of one environment which it keeps or is taking, the newest first.
  [[nodiscard]] static Result<std::vector<domain::Snapshot>> KeptIn(
      Transaction& transaction, const domain::EnvironmentId& environment);
  // kConflict when one stands in the PostgreSQL of an adopted environment, which goes on without
  // us: nobody would ever remove it.
  [[nodiscard]] static Status CheckNoneLeftBehindIn(Transaction& transaction,
                                                    const domain::EnvironmentId& environment);

 private:
  Database& database_;
  const Clock& clock_;
};

}  // namespace reprise::catalog
