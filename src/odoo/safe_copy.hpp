#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "odoo/registry.hpp"
#include "postgres/cluster.hpp"

namespace reprise::odoo {

// Makes a copy of production safe, on the side database, before any Odoo serves it: mail servers,
// crons, payment providers and the like are switched off. Odoo 14 and 15 have no command for it, so
// there is a small built-in set; from 16 on the target image's own `odoo neutralize` does it.
[[nodiscard]] bool HasBuiltInNeutralize(const std::string& odoo_version);
[[nodiscard]] Status NeutralizeBuiltIn(const Context& ctx, const postgres::Cluster& cluster,
                                       const std::string& database);
[[nodiscard]] Status NeutralizeByOdoo(const Context& ctx, const postgres::Cluster& cluster,
                                      OdooRunner& runner, const std::string& database);

// How much of a database would act on the world by itself: "mail servers", "scheduled actions", …
// that are switched on. Of the tables that are there. Told before and after a copy is made safe.
using WhatActs = std::map<std::string, std::int64_t>;
[[nodiscard]] Result<WhatActs> CountWhatActs(const Context& ctx, const postgres::Cluster& cluster,
                                             const std::string& database);

// Gives a copy an identity of its own: database.uuid, database.secret, create date. Never done to
// an original: an Enterprise subscription hangs on the uuid.
[[nodiscard]] Status ResetIdentity(const Context& ctx, const postgres::Cluster& cluster,
                                   const std::string& database, const std::string& base_url);

}  // namespace reprise::odoo
