#pragma once

#include <string>

#include "postgres/cluster.hpp"
#include "postgres/share_out.hpp"

namespace reprise::postgres {

// Adds to the work on each table that is `owner`'s in this database that the planner's statistics
// are made of it, after all else. That calls functions of the database as the owner of what they
// index.
[[nodiscard]] Status AddStatistics(const Context& ctx, const Cluster& cluster,
                                   const std::string& database, const std::string& owner,
                                   SqlOfTables& work);

}  // namespace reprise::postgres
