#include "catalog/schedule_store.hpp"

#include <fmt/format.h>

#include <array>

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

using domain::Schedule;
using domain::ScheduleRun;

constexpr std::array<std::string_view, 19> kColumns = {
    "id",           "project_id",  "environment_id",    "kind",        "name",        "cron",
    "time_zone",    "is_enabled",  "include_filestore", "next_run_at", "last_due_at", "last_at",
    "last_outcome", "last_missed", "last_task_id",      "last_detail", "created_at",  "updated_at",
    "incremental"};
constexpr Table kTable = {"schedule", "schedule", kColumns};
constexpr std::string_view kRunColumns = "due_at, at, outcome, missed, task_id, detail";

std::vector<Value> ToValues(const Schedule& schedule) {
  const std::optional<ScheduleRun>& last = schedule.last_run;
  return {schedule.id.value,
          schedule.project_id.value,
          schedule.environment_id.value,
          std::string(NameOf(schedule.kind)),
          schedule.name,
          schedule.cron,
          schedule.time_zone,
          std::int64_t{schedule.is_enabled},
          std::int64_t{schedule.include_filestore},
          OptionalTimeValue(schedule.next_run_at),
          last ? TimeValue(last->due_at) : Value(),
          last ? TimeValue(last->at) : Value(),
          last ? std::string(NameOf(last->outcome)) : std::string(),
          std::int64_t{last ? last->missed : 0},
          last ? last->task_id.value : std::string(),
          last ? last->detail : std::string(),
          TimeValue(schedule.created_at),
          TimeValue(schedule.updated_at),
          std::int64_t{schedule.incremental}};
}

Result<Schedule> FromRow(const Row& row) {
  RowReader reader(row);
  Schedule schedule;
  schedule.id.value = reader.Text();
  schedule.project_id.value = reader.Text();
  schedule.environment_id.value = reader.Text();
  schedule.kind = reader.Named(domain::ParseScheduleKind);
  schedule.name = reader.Text();
  schedule.cron = reader.Text();
  schedule.time_zone = reader.Text();
  schedule.is_enabled = reader.Bool();
  schedule.include_filestore = reader.Bool();
  schedule.next_run_at = reader.OptionalTime();
  const std::optional<Instant> due_at = reader.OptionalTime();
  const std::optional<Instant> at = reader.OptionalTime();
  ScheduleRun last;
  if (due_at && at) {
    last.due_at = *due_at;
    last.at = *at;
    last.outcome = reader.Named(domain::ParseRunOutcome);
  } else {
    [[maybe_unused]] const std::string none = reader.Text();
  }
  last.missed = static_cast<int>(reader.Int());
  last.task_id.value = reader.Text();
  last.detail = reader.Text();
  if (due_at && at) schedule.last_run = std::move(last);
  schedule.created_at = reader.Time();
  schedule.updated_at = reader.Time();
  schedule.incremental = reader.Bool();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return schedule;
}

ScheduleRun RunFromRow(const Row& row) {
  RowReader reader(row);
  ScheduleRun run;
  run.due_at = reader.Time();
  run.at = reader.Time();
  run.outcome = reader.Named(domain::ParseRunOutcome);
  run.missed = static_cast<int>(reader.Int());
  run.task_id.value = reader.Text();
  run.detail = reader.Text();
  return run;
}

Status WriteRow(Transaction& transaction, const std::string& sql, const Schedule& schedule) {
  const Result<std::int64_t> changed = transaction.Execute(sql, ToValues(schedule));
  if (changed) return {};
  if (changed.error().code != ErrorCode::kConflict) return Fail(changed.error());
  return Fail(ErrorCode::kNameTaken,
              fmt::format("the environment already has a schedule \"{}\"", schedule.name),
              "choose another name, or change that schedule");
}

}  // namespace

Status ScheduleStore::Insert(const Schedule& schedule) {
  return database_.Write([&](Transaction& tx) -> Status {
    Schedule row = schedule;
    row.updated_at = clock_.Now();
    if (row.created_at == Instant{}) row.created_at = row.updated_at;
    return WriteRow(tx, kTable.InsertSql(), row);
  });
}

Result<Schedule> ScheduleStore::Get(const domain::ScheduleId& id) const {
  return ReadValue<Schedule>(database_, [&](Transaction& tx) -> Result<Schedule> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id.value));
    return FromRow(row);
  });
}

Result<Page<Schedule>> ScheduleStore::List(const ScheduleFilter& filter, PageRequest page) const {
  Conditions conditions;
  conditions.Equal("project_id", filter.project_id);
  conditions.In("project_id", filter.among);
  conditions.Equal("environment_id", filter.environment_id);
  conditions.EqualName("kind", filter.kind);
  return ListPage(database_, kTable, conditions, page, FromRow);
}

Result<Schedule> ScheduleStore::Update(const domain::ScheduleId& id,
                                       const std::function<Status(Schedule&)>& change) {
  return WriteValue<Schedule>(database_, [&](Transaction& tx) -> Result<Schedule> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id.value));
    ASSIGN_OR_RETURN(Schedule schedule, FromRow(row));
    RETURN_IF_ERROR(change(schedule));
    schedule.id = id;
    schedule.updated_at = clock_.Now();
    RETURN_IF_ERROR(WriteRow(tx, kTable.UpdateSql(), schedule));
    return schedule;
  });
}

Status ScheduleStore::Delete(const domain::ScheduleId& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(GetRow(tx, kTable, id.value));
    RETURN_IF_ERROR(tx.Execute("DELETE FROM schedule_run WHERE schedule_id = $1", {id.value}));
    RETURN_IF_ERROR(tx.Execute("DELETE FROM schedule WHERE id = $1", {id.value}));
    return {};
  });
}

Result<std::vector<Schedule>> ScheduleStore::Due(Instant now, int most) const {
  const auto read = [&](Transaction& tx) -> Result<std::vector<Schedule>> {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        tx.Query(kTable.SelectSql() + fmt::format(" WHERE is_enabled = 1 AND next_run_at <= $1"
                                                  " ORDER BY next_run_at, id LIMIT {}",
                                                  most),
                 {TimeValue(now)}));
    std::vector<Schedule> due;
    for (const Row& row : rows) {
      ASSIGN_OR_RETURN(Schedule schedule, FromRow(row));
      due.push_back(std::move(schedule));
    }
    return due;
  };
  return ReadValue<std::vector<Schedule>>(database_, read);
}

Result<bool> ScheduleStore::TakeRunIn(Transaction& transaction, const Schedule& seen,
                                      const ScheduleRun& run, const std::optional<Instant>& next) {
  ASSIGN_OR_RETURN(const std::int64_t taken,
                   transaction.Execute(
                       "UPDATE schedule SET next_run_at = $3, is_enabled = $4, last_due_at = $5,"
                       " last_at = $6, last_outcome = $7, last_missed = $8, last_task_id = $9,"
                       " last_detail = $10"
                       " WHERE id = $1 AND next_run_at = $2 AND is_enabled = 1 AND"
                       " updated_at = $11",
                       {seen.id.value, OptionalTimeValue(seen.next_run_at), OptionalTimeValue(next),
                        std::int64_t{next.has_value()}, TimeValue(run.due_at), TimeValue(run.at),
                        std::string(NameOf(run.outcome)), std::int64_t{run.missed},
                        run.task_id.value, run.detail, TimeValue(seen.updated_at)}));
  if (taken == 0) return false;
  RETURN_IF_ERROR(transaction.Execute(
      "INSERT INTO schedule_run (schedule_id, due_at, at, outcome, missed, task_id, detail)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7)"
      " ON CONFLICT (schedule_id, due_at) DO UPDATE SET at = excluded.at,"
      " outcome = excluded.outcome, missed = excluded.missed, task_id = excluded.task_id,"
      " detail = excluded.detail",
      {seen.id.value, TimeValue(run.due_at), TimeValue(run.at), std::string(NameOf(run.outcome)),
       std::int64_t{run.missed}, run.task_id.value, run.detail}));
  return true;
}

Status ScheduleStore::TakeRun(const Schedule& seen, const ScheduleRun& run,
                              const std::optional<Instant>& next) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(TakeRunIn(tx, seen, run, next));
    return {};
  });
}

Result<Page<ScheduleRun>> ScheduleStore::Runs(const domain::ScheduleId& id,
                                              PageRequest page) const {
  return ListQuery<ScheduleRun>(database_, fmt::format("SELECT {}", kRunColumns),
                                " FROM schedule_run WHERE schedule_id = $1",
                                " ORDER BY due_at DESC", {id.value}, page, RunFromRow);
}

Result<std::vector<ScheduleRun>> ScheduleStore::RunsOf(const domain::EnvironmentId& environment,
                                                       domain::ScheduleKind kind,
                                                       Instant since) const {
  const auto read = [&](Transaction& tx) -> Result<std::vector<ScheduleRun>> {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        tx.Query(fmt::format("SELECT {} FROM schedule_run WHERE due_at >= $1 AND schedule_id IN"
                             " (SELECT id FROM schedule WHERE environment_id = $2 AND kind = $3)"
                             " ORDER BY due_at",
                             kRunColumns),
                 {TimeValue(since), environment.value, std::string(NameOf(kind))}));
    std::vector<ScheduleRun> runs;
    runs.reserve(rows.size());
    for (const Row& row : rows) runs.push_back(RunFromRow(row));
    return runs;
  };
  return ReadValue<std::vector<ScheduleRun>>(database_, read);
}

}  // namespace reprise::catalog
