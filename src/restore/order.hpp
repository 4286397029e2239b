#pragma once

#include "base/context.hpp"
#include "catalog/safe_copy_store.hpp"
#include "catalog/snapshot_store.hpp"
#include "catalog/stores.hpp"
#include "domain/backup.hpp"
#include "domain/environment.hpp"
#include "domain/restore_point.hpp"
#include "storage/object_store.hpp"

namespace reprise::restore {

// What a request for a restore comes to, by the catalog alone. A plan and a restore begin with it.
struct Order {
  domain::RestoreRequest request;
  domain::Backup backup;
  domain::Environment target;  // of a new one: what it will be called and made of
  bool is_new_environment = false;
  domain::RestoreStrategy strategy = domain::RestoreStrategy::kSideBySide;  // as decided
};

struct OrderParts {
  const catalog::BackupStore& backups;
  const catalog::EnvironmentStore& environments;
  const catalog::TenancyStore& tenancy;
  const catalog::SafeCopyStore* safe_copies = nullptr;  // null: no project says anything
  const catalog::SnapshotStore* snapshots = nullptr;    // null: no environment keeps any
};

// Looks up what the request names. kNotFound; kInvalidArgument with the field for what makes no
// sense.
[[nodiscard]] Result<Order> ReadOrder(const OrderParts& parts,
                                      const domain::RestoreRequest& request, Instant now);

// The checks that need no container. Each is one rule, for the plan and for the restore.
// Completed, verified, and still in storage: kBackupNotAvailable.
[[nodiscard]] Status CheckAvailable(const Context& ctx, storage::ObjectStore& store,
                                    const domain::Backup& backup);
// The target can take it: alive, of the same project, the same Odoo major as far as the catalog
// knows.
[[nodiscard]] Status CheckFits(const Order& order);
// Nobody has to confirm, but a confirmation that is given must be of this target.
[[nodiscard]] Status CheckConfirmation(const Order& order);
// Two Odoo versions that a restore may go between: kIncompatible otherwise. An empty one is
// unknown.
[[nodiscard]] Status CheckMajor(const std::string& of_backup, const std::string& of_target,
                                const std::string& target_name);

}  // namespace reprise::restore
