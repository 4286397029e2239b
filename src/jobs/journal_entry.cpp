#include "jobs/journal_entry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <boost/json/serialize.hpp>

namespace reprise::jobs {
namespace {

namespace json = boost::json;
using catalog::Row;
using catalog::RowReader;
using catalog::Value;

constexpr std::array<std::string_view, 20> kColumns = {
    "id",           "project_id",    "kind",
    "status",       "subject_id",    "target",
    "percent",      "step",          "eta_seconds",
    "error_code",   "error_message", "error_hint",
    "error_step",   "attempts",      "cancel_requested",
    "run_at",       "created_at",    "started_at",
    "completed_at", "epoch"};

}  // namespace

const catalog::Table kTaskTable = {"task", "task", kColumns};

Status JournalEntry::Tell(const domain::Task& task, std::string_view type,
                          const json::object& more) {
  json::object data{{"id", task.id.value},
                    {"kind", domain::NameOf(task.kind)},
                    {"status", domain::NameOf(task.status)},
                    {"percent", task.percent},
                    {"step", task.step},
                    {"subject_id", task.subject_id}};
  for (const auto& [key, value] : more) data[key] = value;
  RETURN_IF_ERROR(transaction.HoldCommitOrder());
  ASSIGN_OR_RETURN(const std::vector<Row> rows,
                   transaction.Query("INSERT INTO event (task_id, project_id, type, data, at)"
                                     " VALUES ($1, $2, $3, $4, $5) RETURNING seq",
                                     {task.id.value, task.project_id.value, std::string(type),
                                      json::serialize(data), catalog::TimeValue(now)}));
  newest_seq = rows.front().Int(0);
  return {};
}

Result<domain::Task> TaskFromRow(const Row& row) {
  RowReader reader(row);
  domain::Task task;
  task.id.value = reader.Text();
  task.project_id.value = reader.Text();
  task.kind = reader.Named(domain::ParseTaskKind);
  task.status = reader.Named(domain::ParseTaskStatus);
  task.subject_id = reader.Text();
  task.target = reader.Text();
  task.percent = reader.Real();
  task.step = reader.Text();
  task.eta_seconds = reader.OptionalReal();
  task.error_code = reader.Text();
  task.error_message = reader.Text();
  task.error_hint = reader.Text();
  task.error_step = reader.Text();
  task.attempts = static_cast<int>(reader.Int());
  task.cancel_requested = reader.Bool();
  task.run_at = reader.OptionalTime();
  task.created_at = reader.Time();
  task.started_at = reader.OptionalTime();
  task.completed_at = reader.OptionalTime();
  RETURN_IF_ERROR(reader.Finish(kTaskTable));
  return task;
}

Status LoadSteps(catalog::Transaction& transaction, domain::Task& task) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows,
                   transaction.Query("SELECT name, state, percent, detail, error, started_at,"
                                     " completed_at FROM step WHERE task_id = $1 ORDER BY ordinal",
                                     {task.id.value}));
  task.steps.clear();
  for (const Row& row : rows) {
    RowReader reader(row);
    domain::TaskStep step;
    step.name = reader.Text();
    step.state = reader.Named(domain::ParseStepState);
    step.percent = reader.Real();
    step.detail = reader.Text();
    step.error = reader.Text();
    step.started_at = reader.OptionalTime();
    step.completed_at = reader.OptionalTime();
    RETURN_IF_ERROR(reader.Finish({"step", "step", {}}));
    task.steps.push_back(std::move(step));
  }
  return {};
}

Result<domain::Task> LoadTask(catalog::Transaction& transaction, const domain::TaskId& id) {
  ASSIGN_OR_RETURN(const Row row, catalog::GetRow(transaction, kTaskTable, id.value));
  ASSIGN_OR_RETURN(domain::Task task, TaskFromRow(row));
  RETURN_IF_ERROR(LoadSteps(transaction, task));
  return task;
}

Result<domain::Task> ChangeOwned(JournalEntry& entry, const Claim& claim, std::string_view change,
                                 const std::vector<Value>& values) {
  std::vector<Value> all{claim.task.id.value, claim.epoch};
  all.insert(all.end(), values.begin(), values.end());
  const std::string sql = fmt::format(
      "UPDATE task SET {} WHERE id = $1 AND epoch = $2 AND status = 'running' RETURNING {}", change,
      fmt::join(kColumns, ", "));
  ASSIGN_OR_RETURN(const std::vector<Row> rows, entry.transaction.Query(sql, all));
  if (rows.empty()) {
    return Fail(ErrorCode::kLeaseLost,
                fmt::format("worker {} no longer owns task {} (its epoch {} is over)", claim.owner,
                            claim.task.id.value, claim.epoch));
  }
  return TaskFromRow(rows.front());
}

// An UPDATE, not a SELECT: it also locks the row where writers are not one at a time.
Result<domain::Task> CheckOwned(JournalEntry& entry, const Claim& claim) {
  return ChangeOwned(entry, claim, "epoch = epoch");
}

}  // namespace reprise::jobs
