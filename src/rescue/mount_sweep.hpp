#pragma once

#include "rescue/mount_service.hpp"
#include "rescue/mount_workflow.hpp"

namespace reprise::rescue {

// Sweeps, now and then, mounts whose time is over, and what processes made of ended ones that had
// been paused past their lease (restore::LateProcess). Thread-safe.
class MountSweep {
 public:
  struct Parts {
    MountService& service;
    const jobs::Journal& journal;
    MountParts mounts;
  };
  explicit MountSweep(Parts parts) : parts_(std::move(parts)) {}

  // Trouble with what one has left is logged and does not keep it from the others.
  [[nodiscard]] Status Sweep(const Context& ctx) const;

 private:
  Status RemoveLeft(const Context& ctx, const domain::Mount& mount) const;

  Parts parts_;
};

}  // namespace reprise::rescue
