#include "catalog/drill_store.hpp"

#include <array>

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

using domain::Drill;

constexpr std::array<std::string_view, 16> kColumns = {"id",
                                                       "project_id",
                                                       "environment_id",
                                                       "backup_id",
                                                       "restore_id",
                                                       "throwaway_id",
                                                       "task_id",
                                                       "status",
                                                       "started_at",
                                                       "completed_at",
                                                       "recovery_seconds",
                                                       "error_code",
                                                       "error_message",
                                                       "error_step",
                                                       "report_json",
                                                       "created_at"};
constexpr Table kTable = {"drill", "drill", kColumns};

std::vector<Value> ToValues(const Drill& drill) {
  return {drill.id.value,
          drill.project_id.value,
          OptionalIdValue(drill.environment_id.value),
          drill.backup_id.value,
          drill.restore_id.value,
          drill.throwaway_id.value,
          drill.task_id.value,
          std::string(NameOf(drill.status)),
          OptionalTimeValue(drill.started_at),
          OptionalTimeValue(drill.completed_at),
          OptionalRealValue(drill.recovery_seconds),
          drill.error_code,
          drill.error_message,
          drill.error_step,
          drill.report_json,
          TimeValue(drill.created_at)};
}

Result<Drill> FromRow(const Row& row) {
  RowReader reader(row);
  Drill drill;
  drill.id.value = reader.Text();
  drill.project_id.value = reader.Text();
  drill.environment_id.value = reader.Text();
  drill.backup_id.value = reader.Text();
  drill.restore_id.value = reader.Text();
  drill.throwaway_id.value = reader.Text();
  drill.task_id.value = reader.Text();
  drill.status = reader.Named(domain::ParseDrillStatus);
  drill.started_at = reader.OptionalTime();
  drill.completed_at = reader.OptionalTime();
  drill.recovery_seconds = reader.OptionalReal();
  drill.error_code = reader.Text();
  drill.error_message = reader.Text();
  drill.error_step = reader.Text();
  drill.report_json = reader.Text();
  drill.created_at = reader.Time();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return drill;
}

}  // namespace

Status DrillStore::InsertIn(Transaction& transaction, const Clock& clock, const Drill& drill) {
  Drill row = drill;
  if (row.created_at == Instant{}) row.created_at = clock.Now();
  RETURN_IF_ERROR(transaction.Execute(kTable.InsertSql(), ToValues(row)));
  return {};
}

Result<Drill> DrillStore::UpdateIn(Transaction& transaction, const domain::DrillId& id,
                                   const std::function<Status(Drill&)>& change) {
  ASSIGN_OR_RETURN(const Row row, GetRow(transaction, kTable, id.value));
  ASSIGN_OR_RETURN(Drill drill, FromRow(row));
  RETURN_IF_ERROR(change(drill));
  drill.id = id;
  RETURN_IF_ERROR(transaction.Execute(kTable.UpdateSql(), ToValues(drill)));
  return drill;
}

Result<Drill> DrillStore::Get(const domain::DrillId& id) const {
  return ReadValue<Drill>(database_, [&](Transaction& tx) -> Result<Drill> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id.value));
    return FromRow(row);
  });
}

Result<Page<Drill>> DrillStore::List(const DrillFilter& filter, PageRequest page) const {
  Conditions conditions;
  conditions.Equal("project_id", filter.project_id);
  conditions.In("project_id", filter.among);
  conditions.Equal("environment_id", filter.environment_id);
  conditions.Equal("backup_id", filter.backup_id);
  return ListPage(database_, kTable, conditions, page, FromRow);
}

Result<std::vector<Drill>> DrillStore::WithLivingThrowaways() const {
  return ReadValue<std::vector<Drill>>(
      database_, [](Transaction& tx) -> Result<std::vector<Drill>> {
        ASSIGN_OR_RETURN(
            const std::vector<Row> rows,
            tx.Query(kTable.SelectSql() + " WHERE throwaway_id IN"
                                          " (SELECT id FROM environment WHERE status <> 'deleted')",
                     {}));
        std::vector<Drill> drills;
        for (const Row& row : rows) {
          ASSIGN_OR_RETURN(Drill drill, FromRow(row));
          drills.push_back(std::move(drill));
        }
        return drills;
      });
}

Result<Drill> DrillStore::Update(const domain::DrillId& id,
                                 const std::function<Status(Drill&)>& change) {
  return WriteValue<Drill>(database_, [&](Transaction& tx) { return UpdateIn(tx, id, change); });
}

}  // namespace reprise::catalog
