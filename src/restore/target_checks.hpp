#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/backup_reader.hpp"
#include "backup/storage_room.hpp"
#include "catalog/space_store.hpp"
#include "docker/engine.hpp"
#include "docker/engines.hpp"
#include "odoo/glimpse.hpp"
#include "odoo/space.hpp"
#include "odoo/trio.hpp"
#include "postgres/cluster.hpp"
#include "restore/check.hpp"
#include "restore/order.hpp"

namespace reprise::restore {

// An order held against the containers of its existing target. Borrowed parts must outlive it.
struct TargetLook {
  docker::Engine& engine;
  const Order& order;
  archive::BackupReader& reader;
  odoo::Glimpse::Helper helper;  // for a look into an Odoo that does not run
  catalog::SpaceStore& space;
  // For whom the room is reserved, when nothing speaks against the order; nobody for a plan.
  std::optional<catalog::SpaceOwner> owner = {};
  // Where the safety backup goes, when it stays on a disk of the target's server.
  const catalog::BackupStore& backups;
  backup::AskStorageRoom storage_room = {};
  // What to do where the database does not fit; empty: as the order's strategy has it.
  std::string space_fix = {};
  postgres::Cluster cluster = {engine, order.target.containers.db, order.target.db_admin};
};

// Everything that can be known of the target before anything is written, in the order in which it
// matters. Changes nothing but what is reserved for `owner`. What cannot be found out at all (no
// engine, no PostgreSQL) is a failure.
[[nodiscard]] Result<std::vector<Check>> CheckTarget(const Context& ctx, const TargetLook& look);

// One by one. Containers come first: without them there is nothing to look at.
[[nodiscard]] Result<Check> CheckContainers(const Context& ctx, const TargetLook& look);
[[nodiscard]] Result<Check> CheckOdoo(const TargetLook& look,
                                      const odoo::Installation& installation);
[[nodiscard]] Result<Check> CheckModules(const Context& ctx, const TargetLook& look,
                                         const odoo::Glimpse& glimpse,
                                         const odoo::Installation& installation);
[[nodiscard]] Result<Check> CheckPostgres(const Context& ctx, const TargetLook& look);
[[nodiscard]] Result<Check> CheckDumpExtensions(const Context& ctx, const TargetLook& look);
[[nodiscard]] Result<Check> CheckCollation(const Context& ctx, const TargetLook& look);
// Room for what will be loaded and fetched, volume by volume, beside what others have reserved;
// what fits is reserved for `owner`, if there is one. kNoSpace when blocked.
[[nodiscard]] Result<Check> CheckSpace(const Context& ctx, const TargetLook& look,
                                       const odoo::Glimpse& glimpse,
                                       const std::optional<catalog::SpaceOwner>& owner);
// Both of it: what is needed and free, volume by volume, and whether it fits.
[[nodiscard]] Result<std::vector<odoo::Volume>> LookAtSpace(const Context& ctx,
                                                            const TargetLook& look,
                                                            const odoo::Glimpse& glimpse);
[[nodiscard]] Result<Check> CheckSpace(const Context& ctx, const TargetLook& look,
                                       std::vector<odoo::Volume> volumes,
                                       const std::optional<catalog::SpaceOwner>& owner);
// The same for an environment that is made on the question's server, with those of its images that
// have to be pulled. Passed when it does not tell its room.
[[nodiscard]] Result<Check> CheckSpaceOfServer(const Context& ctx, docker::Engines& engines,
                                               const odoo::SpaceQuestion& question,
                                               const domain::Backup& backup,
                                               const odoo::ImagePatterns& images);

}  // namespace reprise::restore
