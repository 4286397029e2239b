#pragma once

#include <atomic>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catalog/testing/temporary_catalog.hpp"
#include "jobs/journal.hpp"
#include "jobs/testing/fake_workflow.hpp"
#include "jobs/worker.hpp"

namespace reprise::jobs::testing {

// A journal over a real database and a clock that stands still.
class JournalBench {
 public:
  using Kind = catalog::testing::CatalogKind;
  explicit JournalBench(Kind kind = Kind::kSqlite)
      : catalog_(kind), project_(catalog_.project()), journal_(catalog_.database(), clock_) {}

  [[nodiscard]] Journal& journal() { return journal_; }
  [[nodiscard]] const catalog::testing::TemporaryCatalog& catalog() const { return catalog_; }
  [[nodiscard]] catalog::Database& database() { return catalog_.database(); }
  [[nodiscard]] ManualClock& clock() { return clock_; }
  [[nodiscard]] const domain::ProjectId& project() const { return project_; }

  [[nodiscard]] NewTask NewTaskOf(std::string target = {}) const {
    NewTask task;
    task.kind = domain::TaskKind::kRestore;
    task.project_id = project_;
    task.subject_id = "subject";
    task.target = std::move(target);
    return task;
  }
  domain::Task Submit(std::string target = {}) {
    return journal_.Submit(NewTaskOf(std::move(target))).value();
  }
  [[nodiscard]] domain::Task Get(const domain::TaskId& id) { return journal_.Get(id).value(); }
  [[nodiscard]] std::vector<domain::TaskEvent> Events() {
    return journal_.EventsAfter(0, std::nullopt, 100'000).value();
  }
  [[nodiscard]] std::vector<std::string> EventTypes() {
    std::vector<std::string> types;
    for (const domain::TaskEvent& event : Events()) types.push_back(event.type);
    return types;
  }
  // Waits until the task has ended.
  domain::Task AwaitEnd(const domain::TaskId& id) {
    while (true) {
      const std::vector<domain::TaskEvent> events = Events();
      domain::Task task = Get(id);
      if (domain::HasEnded(task.status)) return task;
      journal_.WaitForEvents(events.empty() ? 0 : events.back().seq, std::chrono::seconds(10));
    }
  }
  // Waits until there is a task to claim: one whose row is being written just then is passed over.
  Claim AwaitClaim(const std::string& owner, std::chrono::seconds lease) {
    return AwaitClaim(journal_, owner, lease);
  }
  // Of another node's: one that looks while others take what it saw finds nothing at first.
  static Claim AwaitClaim(Journal& journal, const std::string& owner, std::chrono::seconds lease) {
    while (true) {
      const std::uint64_t asked = journal.Asked();
      std::optional<Claim> claim = journal.ClaimNext(owner, lease).value();
      if (claim) return *std::move(claim);
      journal.WaitForWork(asked, std::chrono::milliseconds(10), {});
    }
  }
  // Waits until an event has `words` in its data.
  void AwaitEvent(const std::string& words) {
    std::int64_t seen = 0;
    while (true) {
      const auto events = journal_.EventsAfter(seen, std::nullopt, 1000).value();
      for (const domain::TaskEvent& event : events) {
        if (event.data.find(words) != std::string::npos) return;
        seen = event.seq;
      }
      journal_.WaitForEvents(seen, std::chrono::seconds(10));
    }
  }

 private:
  catalog::testing::TemporaryCatalog catalog_;
  domain::ProjectId project_;
  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  Journal journal_;
};

// A worker on a thread of its own, stopped and joined with the object.
class RunningWorker {
 public:
  RunningWorker(Journal& journal, WorkflowFactory& factory, const Clock& clock,
                WorkerOptions options)
      : worker_(journal, factory, clock, std::move(options)),
        thread_([this](const std::stop_token& stop) { worker_.Run(stop); }) {}
  void Stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  Worker worker_;
  std::jthread thread_;
};

[[nodiscard]] inline WorkerOptions QuickWorker(std::string name = "worker") {
  WorkerOptions options;
  options.name = std::move(name);
  options.undo_attempts = 3;
  options.vital_undo_attempts = 5;
  options.undo_pause = std::chrono::milliseconds(1);
  return options;
}

}  // namespace reprise::jobs::testing
