#pragma once

#include <functional>
#include <stop_token>

#include "catalog/drill_store.hpp"
#include "jobs/journal.hpp"
#include "restore/restore_service.hpp"
#include "restore/restore_session.hpp"

namespace reprise::restore {

// Sweeps, now and then, what nobody will come back for: previous states whose time is over, helper
// containers, networks and reserved room of tasks that have ended, what late processes did. Looks
// at the world, never only at the catalog.
class Janitor {
 public:
  struct Parts {
    catalog::RestoreStore& restores;
    catalog::EnvironmentStore& environments;
    catalog::DrillStore& drills;
    RestoreService& service;
    jobs::Journal& journal;
    docker::Engines& engines;
    const Clock& clock;
    std::string installation;
    catalog::SpaceStore& space;
    // Sweeps what is not of restores. Empty: nothing.
    std::function<Status(const Context&)> also = {};
  };
  explicit Janitor(Parts parts) : parts_(std::move(parts)) {}

  // Sweeps every minute until stopped. Trouble is logged, and tried again at the next sweep.
  void Run(const std::stop_token& stop);
  [[nodiscard]] Status Sweep(const Context& ctx);

 private:
  Status ReleaseExpired();
  Status RemoveDrills(const Context& ctx);
  Status RemoveThrowaway(const Context& ctx, const domain::EnvironmentId& id);
  Status RemoveOrphans(const Context& ctx);
  // What is left of deployed environments that are gone: their server could not be reached then.
  Status RemoveDeletedTrios(const Context& ctx, docker::Engine& engine);
  Status RemoveOrphansOf(const Context& ctx, const docker::Engines::OfServer& server);
  // Whether the task that a label names has ended (or is unknown to this installation).
  [[nodiscard]] Result<bool> HasEnded(const docker::Labels& labels) const;

  Parts parts_;
};

}  // namespace reprise::restore
