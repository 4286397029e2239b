#include "catalog/retention_store.hpp"

#include <fmt/format.h>

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

using domain::RetentionPolicy;

constexpr std::string_view kPolicyColumns =
    "daily, weekly, monthly, yearly, before_changes_days, manual_days, time_zone";
constexpr std::string_view kMarkColumns = "id, task_id, name, status, is_verified, created_at";

RetentionPolicy PolicyFrom(const Row& row) {
  RowReader reader(row);
  const auto number = [&] { return static_cast<int>(reader.Int()); };
  RetentionPolicy policy;
  policy.daily = number();
  policy.weekly = number();
  policy.monthly = number();
  policy.yearly = number();
  policy.before_changes_days = number();
  policy.manual_days = number();
  policy.time_zone = reader.Text();
  return policy;
}

Result<std::optional<RetentionPolicy>> FindPolicy(Transaction& transaction,
                                                  const std::string& scope) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows,
                   transaction.Query(fmt::format("SELECT {} FROM retention_policy WHERE scope = $1",
                                                 kPolicyColumns),
                                     {scope}));
  if (rows.empty()) return std::nullopt;
  return PolicyFrom(rows.front());
}

Result<EffectivePolicy> ProjectPolicyIn(Transaction& transaction, const std::string& project) {
  ASSIGN_OR_RETURN(const auto own, FindPolicy(transaction, project));
  if (own) return EffectivePolicy{*own, PolicySource::kProject};
  return EffectivePolicy{};
}

Result<EffectivePolicy> PolicyIn(Transaction& transaction, const domain::EnvironmentId& id) {
  ASSIGN_OR_RETURN(const auto own, FindPolicy(transaction, id.value));
  if (own) return EffectivePolicy{*own, PolicySource::kEnvironment};
  ASSIGN_OR_RETURN(const domain::Environment environment, EnvironmentStore::GetIn(transaction, id));
  return ProjectPolicyIn(transaction, environment.project_id.value);
}

BackupMark MarkFrom(const Row& row) {
  RowReader reader(row);
  BackupMark mark;
  mark.id.value = reader.Text();
  mark.task_id.value = reader.Text();
  mark.name = reader.Text();
  mark.status = reader.Named(domain::ParseBackupStatus);
  mark.is_verified = reader.Bool();
  mark.created_at = reader.Time();
  return mark;
}

}  // namespace

Result<EffectivePolicy> RetentionStore::PolicyOf(const domain::EnvironmentId& id) const {
  return ReadValue<EffectivePolicy>(database_, [&](Transaction& tx) { return PolicyIn(tx, id); });
}

Result<EffectivePolicy> RetentionStore::PolicyOf(const domain::ProjectId& id) const {
  return ReadValue<EffectivePolicy>(database_,
                                    [&](Transaction& tx) { return ProjectPolicyIn(tx, id.value); });
}

Status RetentionStore::Put(const domain::EnvironmentId& id, const RetentionPolicy& policy) {
  ASSIGN_OR_RETURN(const domain::Environment environment,
                   EnvironmentStore(database_, clock_).Get(id));
  return PutRow(id.value, environment.project_id, id.value, policy);
}

Status RetentionStore::Put(const domain::ProjectId& id, const RetentionPolicy& policy) {
  return PutRow(id.value, id, "", policy);
}

Status RetentionStore::PutRow(const std::string& scope, const domain::ProjectId& project,
                              const std::string& environment, const RetentionPolicy& policy) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM retention_policy WHERE scope = $1", {scope}));
    RETURN_IF_ERROR(tx.Execute(
        fmt::format("INSERT INTO retention_policy (scope, project_id, environment_id, {},"
                    " updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                    kPolicyColumns),
        {scope, project.value, OptionalIdValue(environment), std::int64_t{policy.daily},
         std::int64_t{policy.weekly}, std::int64_t{policy.monthly}, std::int64_t{policy.yearly},
         std::int64_t{policy.before_changes_days}, std::int64_t{policy.manual_days},
         policy.time_zone, TimeValue(clock_.Now())}));
    return {};
  });
}

Status RetentionStore::Remove(const domain::EnvironmentId& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM retention_policy WHERE scope = $1", {id.value}));
    return {};
  });
}

Status RetentionStore::Remove(const domain::ProjectId& id) {
  return Remove(domain::EnvironmentId{id.value});
}

Result<std::vector<domain::EnvironmentId>> RetentionStore::EnvironmentsWithBackups() const {
  const auto read = [&](Transaction& tx) -> Result<std::vector<domain::EnvironmentId>> {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     tx.Query("SELECT DISTINCT environment_id FROM backup"
                              " WHERE environment_id IS NOT NULL AND status = 'completed'",
                              {}));
    std::vector<domain::EnvironmentId> found;
    found.reserve(rows.size());
    for (const Row& row : rows) found.push_back({row.Text(0)});
    return found;
  };
  return ReadValue<std::vector<domain::EnvironmentId>>(database_, read);
}

Result<RetentionStore::Facts> RetentionStore::FactsIn(Transaction& transaction,
                                                      const domain::EnvironmentId& id) {
  Facts facts;
  ASSIGN_OR_RETURN(const EffectivePolicy effective, PolicyIn(transaction, id));
  facts.policy = effective.policy;
  // In use: a restore that has not ended reads it or may go back to it; or an undo is still
  // possible, and the backup that was taken before that restore is what comes after it.
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query(
          "SELECT b.id, b.type, b.is_verified, b.keep_forever, b.created_at,"
          " (SELECT COUNT(*) FROM restore_point r WHERE"
          "   (r.backup_id = b.id AND r.status NOT IN ('completed', 'failed', 'cancelled')) OR"
          "   (r.pre_restore_backup_id = b.id AND"
          "    (r.status NOT IN ('completed', 'failed', 'cancelled') OR r.previous_db_name <> '')))"
          " FROM backup b WHERE b.environment_id = $1 AND b.status = 'completed'"
          " ORDER BY b.created_at DESC, b.id DESC",
          {id.value}));
  for (const Row& row : rows) {
    RowReader reader(row);
    domain::RetainedBackup backup;
    backup.id.value = reader.Text();
    backup.type = reader.Named(domain::ParseBackupType);
    backup.is_verified = reader.Bool();
    backup.keep_forever = reader.Bool();
    backup.created_at = reader.Time();
    backup.in_use = reader.Int() > 0;
    RETURN_IF_ERROR(reader.Finish({"backup", "backup", {}}));
    facts.backups.push_back(std::move(backup));
  }
  return facts;
}

Result<RetentionStore::Facts> RetentionStore::FactsOf(const domain::EnvironmentId& id) const {
  return ReadValue<Facts>(database_, [&](Transaction& tx) { return FactsIn(tx, id); });
}

Status RetentionStore::SetExpiry(const std::vector<domain::RetentionDecision>& decisions) {
  return database_.WriteRows([&](Transaction& tx) -> Status {
    for (const domain::RetentionDecision& one : decisions) {
      // NULL is another value than any time: IS DISTINCT FROM, in words that both databases know.
      RETURN_IF_ERROR(
          tx.Execute("UPDATE backup SET expires_at = $2 WHERE id = $1 AND"
                     " COALESCE(expires_at, 0) <> $3",
                     {one.id.value, OptionalTimeValue(one.expires_at),
                      one.expires_at ? ToMicros(*one.expires_at) : std::int64_t{0}}));
    }
    return {};
  });
}

Result<std::vector<BackupMark>> RetentionStore::MarksSince(const domain::EnvironmentId& id,
                                                           Instant since) const {
  const auto read = [&](Transaction& tx) -> Result<std::vector<BackupMark>> {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        tx.Query(fmt::format("SELECT {} FROM backup WHERE environment_id = $1 AND"
                             " created_at >= $2 AND status <> 'deleted' ORDER BY created_at, id",
                             kMarkColumns),
                 {id.value, TimeValue(since)}));
    std::vector<BackupMark> marks;
    marks.reserve(rows.size());
    for (const Row& row : rows) marks.push_back(MarkFrom(row));
    return marks;
  };
  return ReadValue<std::vector<BackupMark>>(database_, read);
}

Result<std::optional<BackupMark>> RetentionStore::Last(const domain::EnvironmentId& id,
                                                       std::string_view condition) const {
  const auto read = [&](Transaction& tx) -> Result<std::optional<BackupMark>> {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        tx.Query(fmt::format("SELECT {} FROM backup WHERE environment_id = $1 AND"
                             " status = 'completed'{} ORDER BY created_at DESC, id DESC LIMIT 1",
                             kMarkColumns, condition),
                 {id.value}));
    if (rows.empty()) return std::nullopt;
    return MarkFrom(rows.front());
  };
  return ReadValue<std::optional<BackupMark>>(database_, read);
}

Result<std::optional<BackupMark>> RetentionStore::LastCompleted(
    const domain::EnvironmentId& id) const {
  return Last(id, "");
}

Result<std::optional<BackupMark>> RetentionStore::LastVerified(
    const domain::EnvironmentId& id) const {
  return Last(id, " AND is_verified = 1");
}

}  // namespace reprise::catalog
