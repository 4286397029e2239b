#pragma once

#include "base/context.hpp"
#include "snapshot/snapshot_service.hpp"

namespace reprise::snapshot {

// Orders the removal of snapshots that nobody will come back for. For the janitor.
class SnapshotSweep {
 public:
  struct Parts {
    SnapshotService& service;
    catalog::SnapshotStore& snapshots;
    catalog::EnvironmentStore& environments;
    const jobs::Journal& journal;
    const Clock& clock;
  };
  explicit SnapshotSweep(Parts parts) : parts_(std::move(parts)) {}

  // Those whose time is over; what failed tasks left (but never what a rollback has replaced: that
  // was live); of each environment the oldest that restores left, where it keeps more than it may;
  // those of removed environments are gone with them. What is busy is for the next time.
  [[nodiscard]] Status Sweep(const Context& ctx) const;

 private:
  // Rows whose task has ended and could not tell what became of them.
  Status EndForgotten() const;
  Status SweepEnvironment(const domain::EnvironmentId& id,
                          const std::vector<domain::Snapshot>& standing) const;
  void Remove(const domain::Snapshot& snapshot, std::string_view why) const;

  Parts parts_;
};

}  // namespace reprise::snapshot
