#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "catalog/mount_store.hpp"
#include "catalog/stores.hpp"
#include "docker/engines.hpp"
#include "odoo/glimpse.hpp"
#include "rescue/fenced_tables.hpp"
#include "rescue/mount_service.hpp"
#include "storage/object_store.hpp"

namespace reprise::rescue {

// A table of the backup beside the live one of the same name.
struct TableBeside {
  std::string name;
  std::string model;  // "res.partner"; empty: of no model that the backup knows
  std::string label;  // "Contact"
  RowCount in_backup;
  std::optional<RowCount> live;  // none: there is no such table
};

// A mount that stands, opened for one call.
struct OpenMount {
  domain::Mount mount;
  domain::Environment environment;
  std::shared_ptr<docker::Engine> engine;
  FencedTables side;  // as the role that loaded it

  [[nodiscard]] std::string LiveFilestore() const;  // its path in Odoo's container
};

// The live environment of a mount, as its Odoo's own role sees it.
struct LiveOdoo {
  odoo::Glimpse glimpse;
  postgres::Cluster cluster;  // logged in as that role
  FencedTables tables;
};

// Looks into mounted backups. Nothing is written but files without a name in `spool`. Thread-safe.
class RescueDesk {
 public:
  struct Parts {
    const catalog::MountStore& mounts;
    const catalog::BackupStore& backups;
    const catalog::EnvironmentStore& environments;
    docker::Engines& engines;
    storage::ObjectStore& store;
    const MountService& service;
    const Clock& clock;
    std::string installation;
    std::filesystem::path spool;
  };
  explicit RescueDesk(Parts parts) : parts_(std::move(parts)) {}

  // kConflict when it is not mounted (yet, or any more).
  [[nodiscard]] Result<OpenMount> Open(const Context& ctx, const domain::MountId& id);
  // kContainerMissing and the like when Odoo's container cannot be looked into; nullopt when there
  // is no live database.
  [[nodiscard]] Result<std::optional<LiveOdoo>> OpenLive(const Context& ctx,
                                                         const OpenMount& open) const;

  // Sorted by name.
  [[nodiscard]] Result<std::vector<TableBeside>> Tables(const Context& ctx,
                                                        const domain::MountId& id);
  [[nodiscard]] Result<FoundRows> Rows(const Context& ctx, const domain::MountId& id,
                                       const std::string& table, std::int64_t limit,
                                       std::int64_t offset);
  [[nodiscard]] Result<std::unique_ptr<RandomReader>> Csv(const Context& ctx,
                                                          const domain::MountId& id,
                                                          const std::string& table);

  [[nodiscard]] const Parts& parts() const { return parts_; }
  [[nodiscard]] odoo::Glimpse::Helper NewHelper() const;

 private:
  // Whether a role may log in already. PostgreSQL refuses two changes of one role at a time: who
  // comes second waits, for that role alone.
  struct Door {
    std::mutex mutex;
    bool is_open = false;
  };

  // Lets the role log in, once for each process.
  [[nodiscard]] Result<std::string> LetIn(const Context& ctx, const postgres::Cluster& admin,
                                          const domain::Mount& mount);

  Parts parts_;
  std::mutex doors_mutex_;
  std::map<std::string, std::shared_ptr<Door>> doors_;  // by role
};

}  // namespace reprise::rescue
