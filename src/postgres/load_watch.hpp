#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "postgres/cluster.hpp"

namespace reprise::postgres {

// What stands of a database that is being loaded; of its objects those of IsSeenInCatalog
// (restore_list.hpp).
struct Standing {
  std::size_t objects = 0;
  std::uint64_t bytes = 0;
  bool operator==(const Standing&) const = default;
};

// Tells whenever more stands than before, at most once in each `pause`, until `ctx` ends. Asks the
// catalogs, as the administrator: pg_restore -v prints some lines for each of ten thousand objects,
// and to bring them here takes a tenth of what the load does. Trouble is not told: the load has its
// own.
void WatchLoad(const Context& ctx, const Cluster& cluster, const std::string& database,
               std::chrono::milliseconds pause, const std::function<void(const Standing&)>& tell);

}  // namespace reprise::postgres
