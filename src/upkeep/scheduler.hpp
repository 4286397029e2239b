#pragma once

#include <stop_token>

#include "catalog/schedule_store.hpp"
#include "jobs/journal.hpp"
#include "upkeep/schedule_service.hpp"

namespace reprise::upkeep {

// Begins what schedules are due for. Every node may run one: whoever moves a schedule on, in the
// transaction that queues the task, has the run, so each is begun once whichever nodes live.
//
// What was due while no node ran is made up for by one run, and told ("schedule.caught_up"). A run
// that is due while the former one has not ended is left out, and told ("schedule.skipped").
class Scheduler {
 public:
  struct Parts {
    catalog::ScheduleStore& schedules;
    ScheduleService& service;
    jobs::Journal& journal;
    const Clock& clock;
  };
  explicit Scheduler(Parts parts) : parts_(parts) {}

  // Looks every few seconds until stopped. Trouble is logged, and tried again.
  void Run(const std::stop_token& stop);
  // Begins what is due now.
  [[nodiscard]] Status Tick();

 private:
  [[nodiscard]] Status Begin(const domain::Schedule& schedule);
  // Both record a run that makes nothing, unless another node was first.
  [[nodiscard]] Status LeaveOut(const domain::Schedule& schedule, domain::ScheduleRun run,
                                const std::optional<Instant>& next);
  [[nodiscard]] Status Fail(const domain::Schedule& schedule, domain::ScheduleRun run,
                            const std::optional<Instant>& next, const Error& error);

  Parts parts_;
};

}  // namespace reprise::upkeep
