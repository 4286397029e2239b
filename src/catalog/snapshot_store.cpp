#include "catalog/snapshot_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

using domain::Snapshot;

constexpr std::array<std::string_view, 19> kColumns = {
    "id",           "project_id",     "environment_id", "task_id",      "name",
    "origin",       "status",         "database_name",  "rollback_to",  "spares_it",
    "odoo_version", "database_bytes", "created_by",     "created_at",   "taken_at",
    "expires_at",   "ended_at",       "error_code",     "error_message"};
constexpr Table kTable = {"snapshot", "snapshot", kColumns};
constexpr std::string_view kNewestFirst = " ORDER BY created_at DESC, id DESC";

std::vector<Value> ToValues(const Snapshot& snapshot) {
  return {snapshot.id.value,
          snapshot.project_id.value,
          snapshot.environment_id.value,
          snapshot.task_id.value,
          snapshot.name,
          std::string(NameOf(snapshot.origin)),
          std::string(NameOf(snapshot.status)),
          snapshot.database_name,
          snapshot.rollback_to.value,
          std::int64_t{snapshot.spares_it},
          snapshot.odoo_version,
          static_cast<std::int64_t>(snapshot.database_bytes),
          snapshot.created_by,
          TimeValue(snapshot.created_at),
          OptionalTimeValue(snapshot.taken_at),
          OptionalTimeValue(snapshot.expires_at),
          OptionalTimeValue(snapshot.ended_at),
          snapshot.error_code,
          snapshot.error_message};
}

Result<Snapshot> FromRow(const Row& row) {
  RowReader reader(row);
  Snapshot snapshot;
  snapshot.id.value = reader.Text();
  snapshot.project_id.value = reader.Text();
  snapshot.environment_id.value = reader.Text();
  snapshot.task_id.value = reader.Text();
  snapshot.name = reader.Text();
  snapshot.origin = reader.Named(domain::ParseSnapshotOrigin);
  snapshot.status = reader.Named(domain::ParseSnapshotStatus);
  snapshot.database_name = reader.Text();
  snapshot.rollback_to.value = reader.Text();
  snapshot.spares_it = reader.Bool();
  snapshot.odoo_version = reader.Text();
  snapshot.database_bytes = static_cast<std::uint64_t>(reader.Int());
  snapshot.created_by = reader.Text();
  snapshot.created_at = reader.Time();
  snapshot.taken_at = reader.OptionalTime();
  snapshot.expires_at = reader.OptionalTime();
  snapshot.ended_at = reader.OptionalTime();
  snapshot.error_code = reader.Text();
  snapshot.error_message = reader.Text();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return snapshot;
}

Result<std::vector<Snapshot>> SelectWhere(Transaction& transaction, std::string_view where,
                                          const std::vector<Value>& values) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query(fmt::format("{} WHERE {}{}", kTable.SelectSql(), where, kNewestFirst),
                        values));
  std::vector<Snapshot> snapshots;
  for (const Row& row : rows) {
    ASSIGN_OR_RETURN(Snapshot snapshot, FromRow(row));
    snapshots.push_back(std::move(snapshot));
  }
  return snapshots;
}

}  // namespace

Status SnapshotStore::InsertIn(Transaction& transaction, const Snapshot& snapshot) {
  RETURN_IF_ERROR(transaction.Execute(kTable.InsertSql(), ToValues(snapshot)));
  return {};
}

Status SnapshotStore::UpdateIn(Transaction& transaction, const domain::SnapshotId& id,
                               const Change& change) {
  ASSIGN_OR_RETURN(const Row row, GetRow(transaction, kTable, id.value));
  ASSIGN_OR_RETURN(Snapshot snapshot, FromRow(row));
  RETURN_IF_ERROR(change(snapshot));
  snapshot.id = id;
  RETURN_IF_ERROR(transaction.Execute(kTable.UpdateSql(), ToValues(snapshot)));
  return {};
}

Status SnapshotStore::CheckNoneLeftBehindIn(Transaction& transaction,
                                            const domain::EnvironmentId& environment) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query("SELECT s.id FROM snapshot s JOIN environment e ON e.id = s.environment_id"
                        " WHERE s.environment_id = $1 AND e.origin = 'adopted'"
                        " AND s.database_name <> '' LIMIT 1",
                        {environment.value}));
  if (rows.empty()) return {};
  const std::string id = rows.front().Text(0);
  return Fail(ErrorCode::kConflict,
              fmt::format("a snapshot of it stands in its PostgreSQL ({})", id),
              fmt::format("remove it first: reprise snapshot remove {}", id));
}

Result<Snapshot> SnapshotStore::Get(const domain::SnapshotId& id) const {
  return ReadValue<Snapshot>(database_, [&](Transaction& tx) -> Result<Snapshot> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id.value));
    return FromRow(row);
  });
}

Result<Page<Snapshot>> SnapshotStore::List(const SnapshotFilter& filter, PageRequest page) const {
  Conditions conditions;
  conditions.Equal("project_id", filter.project_id);
  conditions.In("project_id", filter.among);
  conditions.Equal("environment_id", filter.environment_id);
  conditions.EqualName("status", filter.status);
  return ListPage(database_, kTable, conditions, page, FromRow);
}

Result<std::vector<Snapshot>> SnapshotStore::Standing() const {
  return ReadValue<std::vector<Snapshot>>(
      database_, [](Transaction& tx) { return SelectWhere(tx, "database_name <> ''", {}); });
}

Result<std::vector<Snapshot>> SnapshotStore::KeptIn(Transaction& transaction,
                                                    const domain::EnvironmentId& id) {
  return SelectWhere(transaction, "environment_id = $1 AND status IN ('taking', 'kept')",
                     {id.value});
}

Status SnapshotStore::Update(const domain::SnapshotId& id, const std::optional<TaskHold>& hold,
                             const Change& change) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, hold));
    return UpdateIn(tx, id, change);
  });
}

Status SnapshotStore::InsertOnce(const Snapshot& snapshot, const std::optional<TaskHold>& hold) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, hold));
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     tx.Query("SELECT id FROM snapshot WHERE id = $1", {snapshot.id.value}));
    return rows.empty() ? InsertIn(tx, snapshot) : Status();
  });
}

Result<domain::SnapshotSettings> SnapshotStore::SettingsOf(const domain::EnvironmentId& id) const {
  return ReadValue<domain::SnapshotSettings>(
      database_, [&](Transaction& tx) -> Result<domain::SnapshotSettings> {
        ASSIGN_OR_RETURN(
            const std::vector<Row> rows,
            tx.Query("SELECT keep, after_restore FROM snapshot_setting WHERE environment_id = $1",
                     {id.value}));
        if (rows.empty()) return domain::SnapshotSettings();
        return domain::SnapshotSettings{.keep = static_cast<int>(rows.front().Int(0)),
                                        .after_restore = rows.front().Int(1) != 0};
      });
}

Result<bool> SnapshotStore::KeepsRestoresOf(const domain::EnvironmentId& id) const {
  ASSIGN_OR_RETURN(const domain::SnapshotSettings settings, SettingsOf(id));
  if (!settings.after_restore) return false;
  const auto kept =
      ReadValue<std::vector<Snapshot>>(database_, [&](Transaction& tx) { return KeptIn(tx, id); });
  if (!kept) return Fail(kept.error());
  const auto manual = std::count_if(kept->begin(), kept->end(), [](const Snapshot& one) {
    return one.origin == domain::SnapshotOrigin::kManual;
  });
  return manual < settings.keep;
}

Status SnapshotStore::PutSettings(const domain::EnvironmentId& id,
                                  const domain::SnapshotSettings& settings) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM snapshot_setting WHERE environment_id = $1", {id.value}));
    RETURN_IF_ERROR(
        tx.Execute("INSERT INTO snapshot_setting (environment_id, keep, after_restore, updated_at)"
                   " VALUES ($1, $2, $3, $4)",
                   {id.value, std::int64_t{settings.keep}, std::int64_t{settings.after_restore},
                    TimeValue(clock_.Now())}));
    return {};
  });
}

}  // namespace reprise::catalog
