#include "jobs/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/id.hpp"
#include "catalog/quota_store.hpp"
#include "jobs/journal_entry.hpp"
#include "jobs/journal_waiters.hpp"

namespace reprise::jobs {
namespace {

using catalog::Row;
using catalog::Transaction;

// What processes tell each other: "event 12" when that one is there, "work" for workers.
constexpr std::string_view kEventWord = "event ";
constexpr std::string_view kWorkWord = "work";

constexpr std::string_view kInsertTask =
    "INSERT INTO task (id, project_id, kind, status, subject_id, target, idempotency_key, percent,"
    " step, error_code, error_message, error_hint, error_step, attempts, cancel_requested,"
    " compensating, owner, epoch, run_at, created_at, server_id)"
    " VALUES ($1, $2, $3, 'queued', $4, $5, $6, 0, '', '', '', '', '', 0, 0, 0, '', 0, $7, $8, $9)";

// The task that was queued with the same key, if any. A key belongs to its project and kind: one
// tenant's key neither shows nor hides another's task.
Result<std::optional<domain::Task>> FindByKey(Transaction& transaction, const NewTask& task) {
  if (task.idempotency_key.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(const std::vector<Row> rows,
                   transaction.Query("SELECT id FROM task WHERE project_id = $1 AND kind = $2"
                                     " AND idempotency_key = $3 AND idempotency_key <> ''",
                                     {task.project_id.value, std::string(NameOf(task.kind)),
                                      task.idempotency_key}));
  if (rows.empty()) return std::nullopt;
  return LoadTask(transaction, {rows.front().Text(0)});
}

Result<domain::Task> InsertTask(JournalEntry& entry, const NewTask& task) {
  const std::string id = task.id.empty() ? NewUuid() : task.id.value;
  RETURN_IF_ERROR(entry.Change(
      kInsertTask,
      {id, task.project_id.value, std::string(domain::NameOf(task.kind)), task.subject_id,
       task.target, task.idempotency_key, catalog::OptionalTimeValue(task.run_at),
       catalog::TimeValue(entry.now), task.server_id.value}));
  ASSIGN_OR_RETURN(domain::Task inserted, LoadTask(entry.transaction, {id}));
  RETURN_IF_ERROR(entry.Tell(inserted, "task.queued", {}));
  return inserted;
}

// No worker claims it until this transaction ends.
Status HoldTask(Transaction& transaction, const domain::TaskId& id) {
  const std::string_view lock = transaction.LockSql(Transaction::RowLock::kWait);
  if (lock.empty()) return {};
  RETURN_IF_ERROR(
      transaction.Query(fmt::format("SELECT 1 FROM task WHERE id = $1{}", lock), {id.value}));
  return {};
}

Status CancelQueued(JournalEntry& entry, const domain::TaskId& id) {
  RETURN_IF_ERROR(
      entry.Change("UPDATE task SET status = 'cancelled', cancel_requested = 1,"
                   " error_code = 'cancelled', error_message = $2, completed_at = $3"
                   " WHERE id = $1",
                   {id.value, "cancelled before it began", catalog::TimeValue(entry.now)}));
  ASSIGN_OR_RETURN(const domain::Task task, LoadTask(entry.transaction, id));
  return entry.Tell(task, "task.cancelled", {});
}

Status AskToCancel(JournalEntry& entry, const domain::Task& task) {
  RETURN_IF_ERROR(
      entry.Change("UPDATE task SET cancel_requested = 1 WHERE id = $1", {task.id.value}));
  return entry.Tell(task, "task.log", {{"line", "a cancel was asked for"}});
}

}  // namespace

Journal::Journal(catalog::Database& database, const Clock& clock, LeasesBy leases_by)
    : database_(database),
      clock_(clock),
      leases_by_(leases_by),
      waiters_(std::make_unique<Waiters>()),
      others_(database.Subscribe([this](std::string_view message) { Hear(message); })) {}

Journal::~Journal() = default;

Result<domain::Task> Journal::Submit(const NewTask& task,
                                     const std::function<Status(Transaction&)>& inside) {
  domain::Task answer;
  const auto submit = [&](JournalEntry& entry) -> Status {
    ASSIGN_OR_RETURN(std::optional<domain::Task> known, FindByKey(entry.transaction, task));
    if (known) {
      answer = std::move(*known);
      return {};
    }
    RETURN_IF_ERROR(Journal::CheckFreeIn(entry.transaction, task.target));
    if (task.asker == Asker::kPerson && domain::IsBoundByQuota(task.kind)) {
      RETURN_IF_ERROR(catalog::CheckOneTaskMore(entry.transaction, task.project_id));
    }
    ASSIGN_OR_RETURN(answer, InsertTask(entry, task));
    if (task.notice) RETURN_IF_ERROR(entry.Tell(answer, task.notice->type, task.notice->data));
    entry.is_for_workers = true;
    return inside ? inside(entry.transaction) : Status();
  };
  RETURN_IF_ERROR(Write(submit, Scope::kWhole));
  return answer;
}

Status Journal::CheckFreeIn(catalog::Transaction& transaction, const std::string& target) {
  if (target.empty()) return {};
  ASSIGN_OR_RETURN(const std::vector<Row> rows,
                   transaction.Query("SELECT id, kind FROM task WHERE target = $1 AND target <> ''"
                                     " AND status IN ('queued', 'running')",
                                     {target}));
  if (rows.empty()) return {};
  return Fail(ErrorCode::kTargetBusy,
              fmt::format("{} is busy: task {} ({}) holds it", target, rows.front().Text(0),
                          rows.front().Text(1)),
              "wait until that task has ended, or cancel it");
}

Result<std::optional<domain::Task>> Journal::ActiveOn(const std::string& target) const {
  return catalog::ReadValue<std::optional<domain::Task>>(
      database_, [&](Transaction& tx) -> Result<std::optional<domain::Task>> {
        ASSIGN_OR_RETURN(const std::vector<Row> rows,
                         tx.Query("SELECT id FROM task WHERE target = $1 AND target <> ''"
                                  " AND status IN ('queued', 'running')",
                                  {target}));
        if (rows.empty()) return std::nullopt;
        return LoadTask(tx, {rows.front().Text(0)});
      });
}

Status Journal::Tell(const domain::TaskId& id, const Notice& notice,
                     const std::function<Status(Transaction&)>& inside) {
  const auto tell = [&](JournalEntry& entry) -> Status {
    if (inside) RETURN_IF_ERROR(inside(entry.transaction));
    ASSIGN_OR_RETURN(const domain::Task task, LoadTask(entry.transaction, id));
    return entry.Tell(task, notice.type, notice.data);
  };
  return Write(tell, Scope::kWhole);
}

Result<domain::Task> Journal::Get(const domain::TaskId& id) const {
  return catalog::ReadValue<domain::Task>(database_,
                                          [&](Transaction& tx) { return LoadTask(tx, id); });
}

Result<catalog::Page<domain::Task>> Journal::List(const TaskFilter& filter,
                                                  catalog::PageRequest page) const {
  catalog::Conditions conditions;
  conditions.Equal("project_id", filter.project_id);
  conditions.In("project_id", filter.among);
  conditions.EqualName("kind", filter.kind);
  conditions.EqualName("status", filter.status);
  if (filter.subject_id) conditions.Add("subject_id =", *filter.subject_id);
  const catalog::PageRequest limited = catalog::Limited(page);
  catalog::Page<domain::Task> answer;
  answer.page = limited.page;
  answer.page_size = limited.page_size;
  const auto read = [&](Transaction& transaction) -> Status {
    RETURN_IF_ERROR(catalog::ListRows(transaction, kTaskTable, conditions, TaskFromRow, answer));
    for (domain::Task& task : answer.items) RETURN_IF_ERROR(LoadSteps(transaction, task));
    return {};
  };
  RETURN_IF_ERROR(database_.Read(read));
  return answer;
}

Result<domain::Task> Journal::RequestCancel(
    const domain::TaskId& id,
    const std::function<Status(Transaction&, const domain::Task&)>& inside) {
  domain::Task answer;
  const auto cancel = [&](JournalEntry& entry) -> Status {
    RETURN_IF_ERROR(HoldTask(entry.transaction, id));
    entry.is_for_workers = true;
    ASSIGN_OR_RETURN(answer, LoadTask(entry.transaction, id));
    if (domain::HasEnded(answer.status)) {
      return Fail(ErrorCode::kConflict, fmt::format("task {} has already ended: it is {}", id.value,
                                                    domain::NameOf(answer.status)));
    }
    // One that was given back has something to take back: only a worker can end it.
    const bool never_ran = answer.attempts == 0;
    if (never_ran) {
      RETURN_IF_ERROR(CancelQueued(entry, id));
    } else if (!answer.cancel_requested) {
      RETURN_IF_ERROR(AskToCancel(entry, answer));
    }
    ASSIGN_OR_RETURN(answer, LoadTask(entry.transaction, id));
    return never_ran && inside ? inside(entry.transaction, answer) : Status();
  };
  RETURN_IF_ERROR(Write(cancel, Scope::kWhole));
  return answer;
}

Status Journal::Write(const std::function<Status(JournalEntry&)>& work, Scope scope) {
  std::int64_t newest_seq = 0;
  bool workers = false;
  const auto write = [&](Transaction& transaction) -> Status {
    JournalEntry entry{transaction, clock_.Now()};
    RETURN_IF_ERROR(work(entry));
    newest_seq = entry.newest_seq;
    workers = entry.is_for_workers;
    if (newest_seq > 0) transaction.Announce(fmt::format("{}{}", kEventWord, newest_seq));
    if (workers) transaction.Announce(kWorkWord);
    return {};
  };
  RETURN_IF_ERROR(scope == Scope::kWhole ? database_.Write(write) : database_.WriteRows(write));
  Wake(newest_seq, workers);
  return {};
}

void Journal::Wake(std::int64_t newest_seq, bool workers) {
  if (newest_seq == 0 && !workers) return;
  const std::scoped_lock lock(waiters_->mutex);
  waiters_->newest_seq = std::max(waiters_->newest_seq, newest_seq);
  if (workers) ++waiters_->asked;
  waiters_->changed.notify_all();
}

void Journal::Hear(std::string_view message) {
  // An empty one says that some may have been missed. Events are looked for every second anyway.
  if (message.empty() || message == kWorkWord) return Wake(0, true);
  if (!message.starts_with(kEventWord)) return;
  const std::string_view digits = message.substr(kEventWord.size());
  std::int64_t seq = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), seq);
  Wake(seq, false);
}

}  // namespace reprise::jobs
