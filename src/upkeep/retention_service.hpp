#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "backup/backup_service.hpp"
#include "catalog/retention_store.hpp"
#include "domain/retention.hpp"

namespace reprise::upkeep {

// One backup and what retention does with it.
struct RetentionLine {
  domain::Backup backup;
  domain::RetentionDecision decision;
};

struct RetentionPlan {
  catalog::EffectivePolicy effective;
  std::vector<RetentionLine> lines;  // newest first
};

// What a sweep over one environment did.
struct RetentionResult {
  std::vector<domain::BackupId> deleted;
  std::vector<std::string> left;  // why one that is over could not be deleted now
};

// Deletes backups that no rule keeps. Each is judged again in the transaction that marks it
// deleted, so whatever changed meanwhile (a mark, a restore, a backup that does not verify any
// more) counts. Thread-safe; many nodes may sweep at once.
class RetentionService {
 public:
  struct Parts {
    catalog::RetentionStore& retention;
    catalog::BackupStore& backups;
    backup::BackupService& backup_service;
    const Clock& clock;
  };
  explicit RetentionService(Parts parts) : parts_(parts) {}

  // What a sweep would do now, and why. Changes nothing.
  [[nodiscard]] Result<RetentionPlan> Preview(const domain::EnvironmentId& id) const;
  // Deletes what is over, and records when each of the others will be.
  [[nodiscard]] Result<RetentionResult> Apply(const Context& ctx, const domain::EnvironmentId& id);
  // Applies it to all environments.
  [[nodiscard]] Status Sweep(const Context& ctx);
  // Sweeps now and then until stopped.
  void Run(const std::stop_token& stop);

 private:
  Parts parts_;
};

}  // namespace reprise::upkeep
