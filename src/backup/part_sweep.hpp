#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "catalog/archive_part_store.hpp"
#include "storage/object_store.hpp"

namespace reprise::backup {

// Removes parts of incremental backups that no backup needs any more: those of backups that were
// deleted, and of those that never came about. Every node may run one; one thread at a time.
class PartSweep {
 public:
  struct Parts {
    catalog::ArchivePartStore& rows;
    storage::ObjectStore& raw;
    const Clock& clock;
  };
  // What is not removed, of a storage that is away or keeps it locked, is tried again after this.
  static constexpr std::chrono::hours kPause{1};
  // A storage that fails so often has the others go on: each try may take a minute.
  static constexpr int kMostFailures = 3;

  explicit PartSweep(Parts parts) : parts_(parts) {}

  // Sweeps every few seconds until stopped.
  void Run(const std::stop_token& stop);
  // What a storage does not remove now is logged, and tried again later; the others are removed.
  [[nodiscard]] Status Sweep(const Context& ctx);

 private:
  // By the id of the storage, how often it has failed in this sweep.
  using Failures = std::map<std::string, int>;

  [[nodiscard]] Status TryToRemove(const Context& ctx, const catalog::ArchivePart& part,
                                   Failures& failures);

  Parts parts_;
  std::map<std::string, Instant> not_before_;  // by the id of the part
};

}  // namespace reprise::backup
