#pragma once

#include <string>
#include <vector>

#include "postgres/cluster.hpp"

namespace reprise::postgres {

// Why a dump that wants these extensions cannot be loaded into `cluster`: kIncompatible for the
// first that is not on the list of those that Reprise makes, or that the server's image lacks.
[[nodiscard]] Status CheckExtensions(const Context& ctx, const Cluster& cluster,
                                     const std::vector<std::string>& names);

// Makes them in `database`, as the administrator: making one runs its code, so only those that Odoo
// databases are known to use are made. unaccent becomes immutable, as Odoo's indexes need it.
// kIncompatible as above.
[[nodiscard]] Status CreateExtensions(const Context& ctx, const Cluster& cluster,
                                      const std::string& database,
                                      const std::vector<std::string>& names);

}  // namespace reprise::postgres
