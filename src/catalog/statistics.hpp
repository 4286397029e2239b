#pragma once

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "catalog/database.hpp"

namespace reprise::catalog {

// What the catalog says of the whole installation: the same from every node. Reads all of it at one
// moment.
[[nodiscard]] Status TellStatistics(Database& database, Instant now, MetricsText& into);

}  // namespace reprise::catalog
