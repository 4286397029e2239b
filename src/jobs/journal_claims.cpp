#include <fmt/format.h>

#include "catalog/shared_time.hpp"
#include "jobs/journal.hpp"
#include "jobs/journal_entry.hpp"

namespace reprise::jobs {
namespace {

using catalog::Row;
using catalog::Transaction;
using catalog::Value;

// The oldest that nobody is just taking: workers of all nodes take at once without waiting for each
// other.
constexpr std::string_view kNextTask =
    "SELECT id FROM task"
    " WHERE ((status = 'queued' AND (run_at IS NULL OR run_at <= $1))"
    " OR (status = 'running' AND lease_until < $2)){}"
    " ORDER BY created_at, id LIMIT 1{}";

// The condition of `scope`, whose values are added.
std::string Within(const ClaimScope& scope, std::vector<Value>& values) {
  std::string sql;
  const auto add = [&](std::string_view how, const domain::ServerId& server) {
    values.emplace_back(server.value);
    sql += fmt::format(" AND server_id {} ${}", how, values.size());
  };
  if (scope.only) add("=", *scope.only);
  for (const domain::ServerId& server : scope.except) add("<>", server);
  return sql;
}

constexpr std::string_view kTake =
    "UPDATE task SET status = 'running', owner = $2, epoch = epoch + 1, attempts = attempts + 1,"
    " lease_until = $3, started_at = COALESCE(started_at, $4) WHERE id = $1"
    " RETURNING epoch, compensating";

Result<Claim> Take(JournalEntry& entry, const domain::TaskId& id, const std::string& owner,
                   Instant lease_until) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows,
                   entry.transaction.Query(kTake, {id.value, owner, catalog::TimeValue(lease_until),
                                                   catalog::TimeValue(entry.now)}));
  ASSIGN_OR_RETURN(domain::Task task, LoadTask(entry.transaction, id));
  Claim claim{std::move(task), owner, rows.front().Int(0), rows.front().Int(1) != 0};
  RETURN_IF_ERROR(entry.Tell(claim.task, "task.started",
                             {{"attempt", claim.task.attempts}, {"worker", owner}}));
  return claim;
}

// The step that failed keeps its error; a step that was only stopped stays as it is.
Status MarkFailed(JournalEntry& entry, const domain::Task& task, const std::string& step,
                  const std::string& error) {
  ASSIGN_OR_RETURN(const std::int64_t changed,
                   entry.Change("UPDATE step SET state = 'failed', error = $3, completed_at = $4"
                                " WHERE task_id = $1 AND name = $2 AND state = 'running'",
                                {task.id.value, step, error, catalog::TimeValue(entry.now)}));
  if (changed == 0) return {};
  return entry.Tell(task, "task.step", {{"step", step}, {"state", "failed"}, {"error", error}});
}

Status TellEnd(JournalEntry& entry, const domain::Task& task) {
  switch (task.status) {
    case domain::TaskStatus::kCompleted:
      return entry.Tell(task, "task.completed", {});
    case domain::TaskStatus::kCancelled:
      return entry.Tell(task, "task.cancelled", {});
    case domain::TaskStatus::kFailed:
    case domain::TaskStatus::kQueued:
    case domain::TaskStatus::kRunning:
      break;
  }
  return entry.Tell(task, "task.failed",
                    {{"error_code", task.error_code},
                     {"error_message", task.error_message},
                     {"error_hint", task.error_hint},
                     {"error_step", task.error_step}});
}

}  // namespace

Result<Instant> Journal::LeaseTime(JournalEntry& entry) const {
  if (leases_by_ == LeasesBy::kClock || !database_.IsShared()) return entry.now;
  return catalog::SharedTime(entry.transaction);
}

Result<std::optional<Claim>> Journal::ClaimNext(const std::string& owner,
                                                std::chrono::seconds lease,
                                                const ClaimScope& scope) {
  std::optional<Claim> claim;
  const auto take = [&](JournalEntry& entry) -> Status {
    claim.reset();  // of a first try
    ASSIGN_OR_RETURN(const Instant lease_time, LeaseTime(entry));
    std::vector<Value> values{catalog::TimeValue(entry.now), catalog::TimeValue(lease_time)};
    const std::string within = Within(scope, values);
    const std::string next =
        fmt::format(kNextTask, within, entry.transaction.LockSql(Transaction::RowLock::kSkip));
    ASSIGN_OR_RETURN(const std::vector<Row> rows, entry.transaction.Query(next, values));
    if (rows.empty()) return {};
    ASSIGN_OR_RETURN(claim, Take(entry, {rows.front().Text(0)}, owner, lease_time + lease));
    return {};
  };
  RETURN_IF_ERROR(Write(take));
  return claim;
}

Result<bool> Journal::Heartbeat(const Claim& claim, std::chrono::seconds lease) {
  bool cancel_requested = false;
  const auto renew = [&](JournalEntry& entry) -> Status {
    ASSIGN_OR_RETURN(const Instant lease_time, LeaseTime(entry));
    ASSIGN_OR_RETURN(
        const domain::Task task,
        ChangeOwned(entry, claim, "lease_until = $3", {catalog::TimeValue(lease_time + lease)}));
    cancel_requested = task.cancel_requested;
    return {};
  };
  RETURN_IF_ERROR(Write(renew));
  return cancel_requested;
}

Status Journal::BeginCompensation(const Claim& claim, const Error& error, const std::string& step) {
  return Write([&](JournalEntry& entry) -> Status {
    ASSIGN_OR_RETURN(const domain::Task before, CheckOwned(entry, claim));
    if (!before.error_code.empty()) return {};
    const std::string sentence = error.Sentence();
    ASSIGN_OR_RETURN(const domain::Task task,
                     ChangeOwned(entry, claim,
                                 "compensating = 1, eta_seconds = NULL, error_code = $3,"
                                 " error_message = $4, error_hint = $5, error_step = $6",
                                 {std::string(NameOf(error.code)), sentence, error.hint, step}));
    RETURN_IF_ERROR(MarkFailed(entry, task, step, sentence));
    return entry.Tell(task, "task.log",
                      {{"line", fmt::format("{}; taking back what was done", sentence)}});
  });
}

Status Journal::NoteLeftBehind(const Claim& claim, std::string_view step, const Error& error) {
  return Write([&](JournalEntry& entry) -> Status {
    ASSIGN_OR_RETURN(const domain::Task before, CheckOwned(entry, claim));
    const std::string note = fmt::format("left behind: {} ({})", step, error.Sentence());
    RETURN_IF_ERROR(entry.Change(
        "UPDATE step SET state = 'failed', error = $3 WHERE task_id = $1 AND name = $2",
        {claim.task.id.value, std::string(step), note}));
    // Told once, also when the next worker fails at it again.
    if (before.error_message.find(note) != std::string::npos) return {};
    ASSIGN_OR_RETURN(
        const domain::Task task,
        ChangeOwned(entry, claim, "error_message = error_message || '; ' || $3", {note}));
    return entry.Tell(task, "task.warning", {{"line", note}});
  });
}

Status Journal::End(const Claim& claim, domain::TaskStatus status) {
  return Write([&](JournalEntry& entry) -> Status {
    const bool completed = status == domain::TaskStatus::kCompleted;
    const std::string change = fmt::format(
        "status = $3, completed_at = $4, step = '', owner = '', lease_until = NULL,"
        " eta_seconds = NULL{}",
        completed ? ", percent = 100" : "");
    ASSIGN_OR_RETURN(const domain::Task task, ChangeOwned(entry, claim, change,
                                                          {std::string(domain::NameOf(status)),
                                                           catalog::TimeValue(entry.now)}));
    return TellEnd(entry, task);
  });
}

Status Journal::Release(const Claim& claim) {
  const auto release = [&](JournalEntry& entry) -> Status {
    ASSIGN_OR_RETURN(const domain::Task task,
                     ChangeOwned(entry, claim,
                                 "status = 'queued', owner = '', lease_until = NULL,"
                                 " eta_seconds = NULL"));
    entry.is_for_workers = true;
    return entry.Tell(task, "task.queued", {});
  };
  return Write(release);
}

Status Journal::ExpireLeases() {
  if (database_.IsShared()) {
    return Fail(ErrorCode::kInternal, "the tasks of living nodes cannot be taken from them");
  }
  return database_.Write([](Transaction& transaction) -> Status {
    RETURN_IF_ERROR(
        transaction.Execute("UPDATE task SET lease_until = 0 WHERE status = 'running'", {}));
    return {};
  });
}

}  // namespace reprise::jobs
