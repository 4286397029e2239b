#pragma once

#include <string>
#include <vector>

#include "backup/storage_room.hpp"
#include "catalog/drill_store.hpp"
#include "catalog/space_store.hpp"
#include "catalog/stores.hpp"
#include "docker/engines.hpp"
#include "jobs/journal.hpp"
#include "odoo/glimpse.hpp"
#include "odoo/trio.hpp"
#include "restore/check.hpp"
#include "restore/estimate.hpp"
#include "restore/losses.hpp"
#include "restore/order.hpp"
#include "restore/safe_copy_policy.hpp"
#include "storage/object_store.hpp"

namespace reprise::restore {

// What a restore would do, and whether it could.
struct RestorePlan {
  Order order;
  std::vector<Check> checks;
  Losses losses;
  Estimate estimate;
  SafeCopyPolicy safe_copy;
  CheckResult result = CheckResult::kOk;
  std::string sentence;  // all of it in one
  Instant made_at;
};

// Looks before a restore, with the checks of the restore itself, and changes nothing. Thread-safe.
class RestorePlanner {
 public:
  struct Parts {
    const catalog::RestoreStore& restores;
    const catalog::BackupStore& backups;
    const catalog::EnvironmentStore& environments;
    const catalog::TenancyStore& tenancy;
    const jobs::Journal& journal;
    storage::ObjectStore& store;
    docker::Engines& engines;
    const odoo::ImagePatterns& images;
    const Clock& clock;
    std::string installation;
    catalog::SpaceStore& space;
    const catalog::SafeCopyStore* safe_copies = nullptr;  // null: no project says anything
    const catalog::SnapshotStore* snapshots = nullptr;    // null: no environment keeps any
    const catalog::DrillStore* drills = nullptr;          // null: estimates do without them
    backup::AskStorageRoom storage_room = {};             // of folders for archives
  };
  explicit RestorePlanner(Parts parts) : parts_(std::move(parts)) {}

  // kNotFound and kInvalidArgument as a restore gives them; what speaks against it is a check.
  [[nodiscard]] Result<RestorePlan> Plan(const Context& ctx,
                                         const domain::RestoreRequest& request) const;
  // The refusal of an order whose target has no room for it, with numbers (kNoSpace); ok as well
  // when that cannot be found out now.
  [[nodiscard]] Status CheckRoom(const Context& ctx, const Order& order) const;

 private:
  [[nodiscard]] Status LookAtTarget(const Context& ctx, RestorePlan& plan) const;
  [[nodiscard]] Result<Check> CheckFree(const Order& order) const;
  [[nodiscard]] Result<Check> CheckImages(const Context& ctx, const Order& order) const;
  [[nodiscard]] odoo::Glimpse::Helper NewHelper() const;

  Parts parts_;
};

}  // namespace reprise::restore
