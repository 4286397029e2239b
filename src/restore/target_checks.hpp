#pragma once

#include <vector>

#include "archive/backup_reader.hpp"
#include "docker/engine.hpp"
#include "odoo/glimpse.hpp"
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
};

// Everything that can be known of the target before anything is written, in the order in which it
// matters. Changes nothing. What cannot be found out at all (no engine, no PostgreSQL) is a
// failure.
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
// Room for what will be loaded and fetched, volume by volume. kNoSpace when blocked.
[[nodiscard]] Result<Check> CheckSpace(const Context& ctx, const TargetLook& look,
                                       const odoo::Glimpse& glimpse);

}  // namespace reprise::restore
