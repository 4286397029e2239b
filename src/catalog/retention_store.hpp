#pragma once

#include <optional>
#include <vector>

#include "catalog/stores.hpp"
#include "domain/retention.hpp"

namespace reprise::catalog {

enum class PolicySource { kDefault, kProject, kEnvironment };

// The policy that counts for an environment, and whose it is.
struct EffectivePolicy {
  domain::RetentionPolicy policy;
  PolicySource source = PolicySource::kDefault;
};

// What the views of protection need of a backup: never its snapshot.
struct BackupMark {
  domain::BackupId id;
  domain::TaskId task_id;
  std::string name;
  domain::BackupStatus status = domain::BackupStatus::kPending;
  bool is_verified = false;
  Instant created_at;
};

// Retention policies, and what the rule looks at.
class RetentionStore {
 public:
  RetentionStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // Environment's own, else its project's, else the default one.
  [[nodiscard]] Result<EffectivePolicy> PolicyOf(const domain::EnvironmentId& id) const;
  // Project's own, else the default one.
  [[nodiscard]] Result<EffectivePolicy> PolicyOf(const domain::ProjectId& id) const;
  [[nodiscard]] Status Put(const domain::EnvironmentId& id, const domain::RetentionPolicy& policy);
  [[nodiscard]] Status Put(const domain::ProjectId& id, const domain::RetentionPolicy& policy);
  // Back to the project's, or the default one. Ok when there was none.
  [[nodiscard]] Status Remove(const domain::EnvironmentId& id);
  [[nodiscard]] Status Remove(const domain::ProjectId& id);

  // Environments that have completed backups, removed ones too.
  [[nodiscard]] Result<std::vector<domain::EnvironmentId>> EnvironmentsWithBackups() const;
  // The completed backups of an environment with all that the rule looks at, at one moment with
  // the policy.
  struct Facts {
    domain::RetentionPolicy policy;
    std::vector<domain::RetainedBackup> backups;
  };
  [[nodiscard]] Result<Facts> FactsOf(const domain::EnvironmentId& id) const;
  [[nodiscard]] static Result<Facts> FactsIn(Transaction& transaction,
                                             const domain::EnvironmentId& id);
  // Writes `expires_at` where it is another one now.
  [[nodiscard]] Status SetExpiry(const std::vector<domain::RetentionDecision>& decisions);

  // Backups of an environment that were ordered at `since` or later and are not deleted, oldest
  // first.
  [[nodiscard]] Result<std::vector<BackupMark>> MarksSince(const domain::EnvironmentId& id,
                                                           Instant since) const;
  // The newest completed backup, and the newest that is verified besides.
  [[nodiscard]] Result<std::optional<BackupMark>> LastCompleted(
      const domain::EnvironmentId& id) const;
  [[nodiscard]] Result<std::optional<BackupMark>> LastVerified(
      const domain::EnvironmentId& id) const;

 private:
  Status PutRow(const std::string& scope, const domain::ProjectId& project,
                const std::string& environment, const domain::RetentionPolicy& policy);
  [[nodiscard]] Result<std::optional<BackupMark>> Last(const domain::EnvironmentId& id,
                                                       std::string_view condition) const;

  Database& database_;
  const Clock& clock_;
};

}  // namespace reprise::catalog
