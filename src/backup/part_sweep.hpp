#pragma once

#include <stop_token>

#include "catalog/archive_part_store.hpp"
#include "storage/object_store.hpp"

namespace reprise::backup {

// Removes parts of incremental backups that no backup needs any more: those of backups that were
// deleted, and of those that never came about. Every node may run one. Thread-safe.
class PartSweep {
 public:
  struct Parts {
    catalog::ArchivePartStore& rows;
    storage::ObjectStore& raw;
  };
  explicit PartSweep(Parts parts) : parts_(parts) {}

  // Sweeps every few seconds until stopped.
  void Run(const std::stop_token& stop);
  // What a storage does not remove now is logged, and tried again at the next sweep.
  [[nodiscard]] Status Sweep(const Context& ctx);

 private:
  Parts parts_;
};

}  // namespace reprise::backup
