#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "catalog/database.hpp"
#include "catalog/stores.hpp"
#include "domain/task.hpp"

namespace reprise::jobs {

// What is told about a task besides what the journal tells by itself ("schedule.caught_up").
struct Notice {
  std::string type;
  boost::json::object data;
};

// By whom a task is asked for. A person who is refused can ask again; a schedule's run would be
// lost, and who gets an environment back cannot wait for others' runs: these are taken into the
// queue, however many are there already.
enum class Asker { kPerson, kSchedule, kRescuer };

struct NewTask {
  domain::TaskKind kind = domain::TaskKind::kBackup;
  domain::ProjectId project_id;
  std::string subject_id;
  std::string target;               // what it locks; empty = nothing
  domain::ServerId server_id = {};  // where it works; empty = nowhere in particular
  std::string idempotency_key;      // empty = none
  std::optional<Instant> run_at;
  domain::TaskId id;  // empty: a new one is made
  std::optional<Notice> notice = {};
  Asker asker = Asker::kPerson;
};

// What a caller of a service adds to the transaction that queues its task.
struct Alongside {
  std::optional<Notice> notice;
  std::function<Status(catalog::Transaction&, const domain::TaskId&)> write;
  Asker asker = Asker::kPerson;

  [[nodiscard]] Status WriteIn(catalog::Transaction& transaction, const domain::TaskId& id) const {
    return write ? write(transaction, id) : Status();
  }
};

struct TaskFilter {
  std::optional<domain::ProjectId> project_id;
  std::optional<std::vector<domain::ProjectId>> among;  // of these projects only
  std::optional<domain::TaskKind> kind;
  std::optional<domain::TaskStatus> status;
  std::optional<std::string> subject_id;
};

// A worker's hold on a task. Every write with it says `epoch`; kLeaseLost once another has it.
struct Claim {
  domain::Task task;
  std::string owner;
  std::int64_t epoch = 0;
  bool compensating = false;  // the former owner had begun to undo; `failure_*` of task say why
};

// Whose tasks a worker takes.
struct ClaimScope {
  std::optional<domain::ServerId> only;  // of the server on which it stands
  std::vector<domain::ServerId> except;  // of servers that have workers of their own
};

struct JournalEntry;

// The journal: tasks, their steps and events, in the catalog's database (ADR 2). Thread-safe.
// Each event row is written in the transaction of the change that it tells.
class Journal {
 public:
  // By which clock leases run: the journal's, or the database's own where processes share one. Each
  // of those has a clock that may be wrong or be set, and must neither take a task from one that
  // lives nor keep a dead one's.
  enum class LeasesBy { kClock, kSharedDatabase };
  Journal(catalog::Database& database, const Clock& clock, LeasesBy leases_by = LeasesBy::kClock);
  ~Journal();

  // kTargetBusy when an active task holds `target`; the message names it.
  [[nodiscard]] static Status CheckFreeIn(catalog::Transaction& transaction,
                                          const std::string& target);

  // Queues a task. kTargetBusy when an active task holds the target (the message names it),
  // kQuotaExceeded when its organization has as many tasks as it may have. With an
  // idempotency key that is known in the project for this kind, its task is returned. `inside` runs
  // in the same transaction (to insert the restore point); its failure queues nothing.
  [[nodiscard]] Result<domain::Task> Submit(
      const NewTask& task, const std::function<Status(catalog::Transaction&)>& inside = {});
  [[nodiscard]] Result<domain::Task> Get(const domain::TaskId& id) const;
  [[nodiscard]] Result<catalog::Page<domain::Task>> List(const TaskFilter& filter,
                                                         catalog::PageRequest page) const;
  // The task that holds `target` now, if any.
  [[nodiscard]] Result<std::optional<domain::Task>> ActiveOn(const std::string& target) const;
  // Tells something about a task, in one transaction with what `inside` writes; its failure tells
  // nothing.
  [[nodiscard]] Status Tell(const domain::TaskId& id, const Notice& notice,
                            const std::function<Status(catalog::Transaction&)>& inside = {});
  // Asks for a stop; a queued task that never ran ends cancelled at once, and `inside` runs in the
  // transaction that ends it (to cancel its backup or restore point: no workflow will). Asking
  // twice is the same as once. kConflict when it has ended.
  [[nodiscard]] Result<domain::Task> RequestCancel(
      const domain::TaskId& id,
      const std::function<Status(catalog::Transaction&, const domain::Task&)>& inside = {});

  // Events with seq > `after`, at most `most`, of one task or of all.
  [[nodiscard]] Result<std::vector<domain::TaskEvent>> EventsAfter(
      std::int64_t after, const std::optional<domain::TaskId>& task, int most) const;
  // Waits until an event newer than `after` may exist, or `howlong` is over.
  void WaitForEvents(std::int64_t after, std::chrono::milliseconds howlong) const;

  // For workers. How often something was asked of the workers in this process (a submit, a cancel,
  // a release); WaitForWork waits until that is more than `seen`, `howlong` is over, or `stop`.
  [[nodiscard]] std::uint64_t Asked() const;
  void WaitForWork(std::uint64_t seen, std::chrono::milliseconds howlong,
                   const std::stop_token& stop) const;
  // The oldest task that is due, or whose worker has let its lease run out; nullopt when there is
  // none in `scope`. Raises its epoch, which shuts out the former owner.
  [[nodiscard]] Result<std::optional<Claim>> ClaimNext(const std::string& owner,
                                                       std::chrono::seconds lease,
                                                       const ClaimScope& scope = {});
  // Renews the lease; true when a cancel was asked for.
  [[nodiscard]] Result<bool> Heartbeat(const Claim& claim, std::chrono::seconds lease);
  // Steps are told in this order from now on. kIncompatible when the task was begun with others.
  [[nodiscard]] Status DeclareSteps(const Claim& claim, const std::vector<std::string>& names);
  [[nodiscard]] Status SetStep(const Claim& claim, std::string_view step, domain::StepState state,
                               const std::string& error);
  [[nodiscard]] Status SetProgress(const Claim& claim, std::string_view step, double step_percent,
                                   const std::string& detail, double task_percent,
                                   std::optional<double> eta_seconds);
  [[nodiscard]] Status Save(const Claim& claim, std::string_view key,
                            const boost::json::value& value);
  [[nodiscard]] Result<std::optional<boost::json::value>> Saved(const domain::TaskId& id,
                                                                std::string_view key) const;
  [[nodiscard]] Status AppendEvent(const Claim& claim, std::string_view type,
                                   const boost::json::object& data);
  // From here on the task only takes back. Marks `step` failed when it runs. The first error stays:
  // a second call changes nothing.
  [[nodiscard]] Status BeginCompensation(const Claim& claim, const Error& error,
                                         const std::string& step);
  // A step that could not be taken back: told in its error and added to the task's.
  [[nodiscard]] Status NoteLeftBehind(const Claim& claim, std::string_view step,
                                      const Error& error);
  // Percent 100 when completed. Afterwards every write with this claim is kLeaseLost.
  [[nodiscard]] Status End(const Claim& claim, domain::TaskStatus status);
  // Ends the leases of all running tasks, so that they can be claimed at once. For a process that
  // knows that it is the only one (it holds the catalog's lock): whoever had them is dead. Refused
  // on a catalog that other processes may have open.
  [[nodiscard]] Status ExpireLeases();
  // Gives the task back for another worker (or the next start) at once.
  [[nodiscard]] Status Release(const Claim& claim);

 private:
  struct Waiters;

  // One transaction of the journal; wakes who waits for what it tells, here and in other processes,
  // once it is there. kRows: it holds the one task that it changes, and depends on nothing else.
  enum class Scope { kRows, kWhole };
  [[nodiscard]] Status Write(const std::function<Status(JournalEntry&)>& work,
                             Scope scope = Scope::kRows);
  // The time that leases are compared with.
  [[nodiscard]] Result<Instant> LeaseTime(JournalEntry& entry) const;
  void Wake(std::int64_t newest_seq, bool workers);
  // What another process announced.
  void Hear(std::string_view message);

  catalog::Database& database_;
  const Clock& clock_;
  const LeasesBy leases_by_;
  std::unique_ptr<Waiters> waiters_;
  std::unique_ptr<catalog::Subscription> others_;  // last: it uses the rest
};

}  // namespace reprise::jobs
