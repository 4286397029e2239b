#include <array>

#include "catalog/json_columns.hpp"
#include "catalog/stores.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 22> kColumns = {"id",
                                                       "backup_id",
                                                       "project_id",
                                                       "target_environment_id",
                                                       "task_id",
                                                       "target_server_id",
                                                       "request",
                                                       "strategy",
                                                       "status",
                                                       "outcome",
                                                       "pre_restore_backup_id",
                                                       "started_at",
                                                       "completed_at",
                                                       "downtime_seconds",
                                                       "undo_expires_at",
                                                       "previous_db_name",
                                                       "error_code",
                                                       "error_message",
                                                       "error_step",
                                                       "warnings",
                                                       "proof_json",
                                                       "created_at"};
constexpr Table kTable = {"restore_point", "restore", kColumns};

std::vector<Value> ToValues(const domain::RestorePoint& restore) {
  return {restore.id.value,
          restore.backup_id.value,
          restore.project_id.value,
          restore.target_environment_id.value,
          restore.task_id.value,
          restore.target_server_id.value,
          RequestToJson(restore.request),
          std::string(NameOf(restore.strategy)),
          std::string(NameOf(restore.status)),
          std::string(NameOf(restore.outcome)),
          OptionalIdValue(restore.pre_restore_backup_id.value),
          OptionalTimeValue(restore.started_at),
          OptionalTimeValue(restore.completed_at),
          OptionalRealValue(restore.downtime_seconds),
          OptionalTimeValue(restore.undo_expires_at),
          restore.previous_db_name,
          restore.error_code,
          restore.error_message,
          restore.error_step,
          TextsToJson(restore.warnings),
          restore.proof_json,
          TimeValue(restore.created_at)};
}

Result<domain::RestorePoint> FromRow(const Row& row) {
  RowReader reader(row);
  domain::RestorePoint restore;
  restore.id.value = reader.Text();
  restore.backup_id.value = reader.Text();
  restore.project_id.value = reader.Text();
  restore.target_environment_id.value = reader.Text();
  restore.task_id.value = reader.Text();
  restore.target_server_id.value = reader.Text();
  restore.request = reader.Parsed(RequestFromJson);
  restore.strategy = reader.Named(domain::ParseRestoreStrategy);
  restore.status = reader.Named(domain::ParseRestoreStatus);
  restore.outcome = reader.Named(domain::ParseRestoreOutcome);
  restore.pre_restore_backup_id.value = reader.Text();
  restore.started_at = reader.OptionalTime();
  restore.completed_at = reader.OptionalTime();
  restore.downtime_seconds = reader.OptionalReal();
  restore.undo_expires_at = reader.OptionalTime();
  restore.previous_db_name = reader.Text();
  restore.error_code = reader.Text();
  restore.error_message = reader.Text();
  restore.error_step = reader.Text();
  restore.warnings = reader.Parsed(TextsFromJson);
  restore.proof_json = reader.Text();
  restore.created_at = reader.Time();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return restore;
}

}  // namespace

Status RestoreStore::InsertIn(Transaction& transaction, const Clock& clock,
                              const domain::RestorePoint& restore) {
  domain::RestorePoint row = restore;
  if (row.created_at == Instant{}) row.created_at = clock.Now();
  RETURN_IF_ERROR(transaction.Execute(kTable.InsertSql(), ToValues(row)));
  return {};
}

Result<domain::RestorePoint> RestoreStore::GetIn(Transaction& transaction,
                                                 const domain::RestoreId& id) {
  ASSIGN_OR_RETURN(const Row row, GetRow(transaction, kTable, id.value));
  return FromRow(row);
}

Result<domain::RestorePoint> RestoreStore::UpdateIn(
    Transaction& transaction, const domain::RestoreId& id,
    const std::function<Status(domain::RestorePoint&)>& change) {
  ASSIGN_OR_RETURN(domain::RestorePoint restore, GetIn(transaction, id));
  RETURN_IF_ERROR(change(restore));
  restore.id = id;
  RETURN_IF_ERROR(transaction.Execute(kTable.UpdateSql(), ToValues(restore)));
  return restore;
}

Status RestoreStore::Insert(const domain::RestorePoint& restore) {
  return database_.Write([&](Transaction& tx) { return InsertIn(tx, clock_, restore); });
}

Result<domain::RestorePoint> RestoreStore::Get(const domain::RestoreId& id) const {
  return ReadValue<domain::RestorePoint>(database_, [&](Transaction& tx) { return GetIn(tx, id); });
}

Result<Page<domain::RestorePoint>> RestoreStore::List(const RestoreFilter& filter,
                                                      PageRequest page) const {
  Conditions conditions;
  conditions.Equal("project_id", filter.project_id);
  conditions.In("project_id", filter.among);
  conditions.Equal("target_environment_id", filter.environment_id);
  conditions.Equal("backup_id", filter.backup_id);
  // Those of drills are told of by the drills.
  if (!filter.environment_id) {
    conditions.AddPlain("id NOT IN (SELECT restore_id FROM drill)");
  }
  return ListPage(database_, kTable, conditions, page, FromRow);
}

Result<std::vector<domain::RestorePoint>> RestoreStore::ExpiredUndo(Instant now) const {
  return ReadValue<std::vector<domain::RestorePoint>>(
      database_, [&](Transaction& tx) -> Result<std::vector<domain::RestorePoint>> {
        ASSIGN_OR_RETURN(
            const std::vector<Row> rows,
            tx.Query(kTable.SelectSql() + " WHERE previous_db_name <> '' AND undo_expires_at <= $1"
                                          " ORDER BY undo_expires_at, id",
                     {TimeValue(now)}));
        std::vector<domain::RestorePoint> restores;
        for (const Row& row : rows) {
          ASSIGN_OR_RETURN(domain::RestorePoint restore, FromRow(row));
          restores.push_back(std::move(restore));
        }
        return restores;
      });
}

Result<domain::RestorePoint> RestoreStore::Update(
    const domain::RestoreId& id, const std::function<Status(domain::RestorePoint&)>& change) {
  return WriteValue<domain::RestorePoint>(
      database_, [&](Transaction& tx) { return UpdateIn(tx, id, change); });
}

Result<domain::RestorePoint> RestoreStore::UpdateWith(
    const domain::RestoreId& id,
    const std::function<Status(Transaction&, domain::RestorePoint&)>& change) {
  return WriteValue<domain::RestorePoint>(database_, [&](Transaction& tx) {
    return UpdateIn(tx, id, [&](domain::RestorePoint& row) { return change(tx, row); });
  });
}

}  // namespace reprise::catalog
