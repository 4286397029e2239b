#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "postgres/cluster.hpp"
#include "postgres/side_database.hpp"

namespace reprise::postgres {

// Foreign keys by their oids. Those that are left not validated are so in the dump itself.
using KeyOids = std::vector<std::string>;

struct FinishOptions {
  int jobs = 0;  // sessions; 0: as many as the server has cores, at most 8
  std::chrono::seconds time_limit{3600};
  KeyOids left_not_valid;
  // Whether the database is still this caller's to change: asked before anything is.
  std::function<Status()> check_owner = {};
  // The same, right before it becomes its final owner's; whoever calls again afterwards says that
  // it has begun, since the loader may not read any more what is handed over, and all else is done.
  std::function<Status()> before_hand_over = {};
  bool hand_over_has_begun = false;
  // Runs beside it, without a limit. The final owner's role may do meanwhile whatever the loader
  // may. What is in the database may still change by itself then, by functions of the dump: so it
  // is to be read through `reader`, which has no rights beyond it.
  std::function<Status(const Context&, const Cluster& reader)> beside = {};
};

// As many sessions as are wanted; 0: as many as the server has cores, at most 8.
[[nodiscard]] Result<int> SessionsFor(const Context& ctx, const Cluster& cluster, int wanted);

// What is left to do when all rows, indexes and keys are there: the foreign keys are validated and
// the planner's statistics made, both as the loader's role, who fills a database may not do more;
// then all in it becomes its final owner's (HandOver), and nothing of the dump runs any more.
// Changes no row. Can be called again, also after a crash in it. kLoadFailed with the key that does
// not hold; kTimeout.
[[nodiscard]] Status FinishLoad(const Context& ctx, const Cluster& cluster,
                                const SideDatabase& side, const FinishOptions& options);

}  // namespace reprise::postgres
