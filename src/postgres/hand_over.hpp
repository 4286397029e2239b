#pragma once

#include <string>
#include <string_view>

#include "postgres/cluster.hpp"

namespace reprise::postgres {

// Gives all objects in `database` that `loader` made to `owner`, but for the database itself, which
// stays the loader's: an Odoo without db_name opens every database that its own role owns. From
// then on nobody logs in as the loader.
[[nodiscard]] Status HandOver(const Context& ctx, const Cluster& cluster,
                              const std::string& database, const std::string& loader,
                              const std::string& owner);

}  // namespace reprise::postgres
