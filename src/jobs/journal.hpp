#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "catalog/database.hpp"
#include "catalog/stores.hpp"
#include "domain/task.hpp"

namespace reprise::jobs {

struct NewTask {
  domain::TaskKind kind = domain::TaskKind::kBackup;
  domain::ProjectId project_id;
  std::string subject_id;
  std::string target;           // what it locks; empty = nothing
  std::string idempotency_key;  // empty = none
  std::optional<Instant> run_at;
  domain::TaskId id;            // empty: a new one is made
};

struct TaskFilter {
  std::optional<domain::ProjectId> project_id;
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

// The journal: tasks, their steps and events, in the catalog's database (ADR 2). Thread-safe.
// Each event row is written in the transaction of the change that it tells.
class Journal {
 public:
  Journal(catalog::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // Queues a task. kTargetBusy when an active task holds the target (the message names it). With a
  // known idempotency key the task of that key is returned. `inside` runs in the same transaction
  // (to insert the restore point); its failure queues nothing.
  [[nodiscard]] Result<domain::Task> Submit(
      const NewTask& task, const std::function<Status(catalog::Transaction&)>& inside = {});
  [[nodiscard]] Result<domain::Task> Get(const domain::TaskId& id) const;
  [[nodiscard]] Result<catalog::Page<domain::Task>> List(const TaskFilter& filter,
                                                         catalog::PageRequest page) const;
  // Asks for a stop; a queued task ends cancelled at once. kConflict when it has ended.
  [[nodiscard]] Result<domain::Task> RequestCancel(const domain::TaskId& id);

  // Events with seq > `after`, at most `most`, of one task or of all.
  [[nodiscard]] Result<std::vector<domain::TaskEvent>> EventsAfter(
      std::int64_t after, const std::optional<domain::TaskId>& task, int most) const;
  // Waits until an event newer than `after` may exist, or `howlong` is over.
  void WaitForEvents(std::int64_t after, std::chrono::milliseconds howlong) const;

  // For workers.
  [[nodiscard]] Result<std::optional<Claim>> ClaimNext(const std::string& owner,
                                                       std::chrono::seconds lease);
  // Renews the lease; true when a cancel was asked for.
  [[nodiscard]] Result<bool> Heartbeat(const Claim& claim, std::chrono::seconds lease);
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
  // From here on the task only takes back.
  [[nodiscard]] Status BeginCompensation(const Claim& claim, const Error& error,
                                         const std::string& step);
  [[nodiscard]] Status End(const Claim& claim, domain::TaskStatus status);
  // Gives the task back for another worker (or the next start) at once.
  [[nodiscard]] Status Release(const Claim& claim);

 private:
  catalog::Database& database_;
  const Clock& clock_;
  struct Waiters;
};

}  // namespace reprise::jobs
