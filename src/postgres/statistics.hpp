#pragma once

#include <string>

#include "postgres/cluster.hpp"

namespace reprise::postgres {

// Makes the planner's statistics of all that is this database's own, in so many sessions at once.
// Calls functions of the database as the owner of what they index.
[[nodiscard]] Status Analyze(const Context& ctx, const Cluster& cluster,
                             const std::string& database, std::size_t sessions);

}  // namespace reprise::postgres
