#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "catalog/stores.hpp"
#include "catalog/task_hold.hpp"
#include "domain/mount.hpp"

namespace reprise::catalog {

struct MountFilter {
  std::optional<domain::ProjectId> project_id;
  std::optional<std::vector<domain::ProjectId>> among;  // of these projects only
  std::optional<domain::EnvironmentId> environment_id;
  std::optional<domain::BackupId> backup_id;
  std::optional<domain::MountStatus> status;
};

// As the other stores (stores.hpp).
class MountStore {
 public:
  using Change = std::function<Status(domain::Mount&)>;

  explicit MountStore(Database& database) : database_(database) {}
  [[nodiscard]] Result<domain::Mount> Get(const domain::MountId& id) const;
  [[nodiscard]] Result<Page<domain::Mount>> List(const MountFilter& filter, PageRequest page) const;
  // Those that may still stand in a cluster although their time is over, and what a failure has
  // left once `pause` has gone by since.
  [[nodiscard]] Result<std::vector<domain::Mount>> Over(Instant now,
                                                        std::chrono::minutes pause) const;
  // Only while the claim lasts: kLeaseLost, and nothing changed, otherwise.
  [[nodiscard]] Status Update(const domain::MountId& id, const std::optional<TaskHold>& hold,
                              const Change& change);

  [[nodiscard]] static Status InsertIn(Transaction& transaction, const domain::Mount& mount);
  [[nodiscard]] static Status UpdateIn(Transaction& transaction, const domain::MountId& id,
                                       const Change& change);
  // kConflict when a mount stands, or is about to, in the PostgreSQL of `environment`; not for one
  // that failed.
  [[nodiscard]] static Status CheckNoneIn(Transaction& transaction,
                                          const domain::EnvironmentId& environment);
  // kConflict when `backup` is mounted, or about to be.
  [[nodiscard]] static Status CheckNoneOfIn(Transaction& transaction,
                                            const domain::BackupId& backup);

 private:
  Database& database_;
};

}  // namespace reprise::catalog
