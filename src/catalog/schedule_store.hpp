#pragma once

#include <optional>
#include <vector>

#include "catalog/stores.hpp"
#include "domain/schedule.hpp"

namespace reprise::catalog {

struct ScheduleFilter {
  std::optional<domain::ProjectId> project_id;
  std::optional<std::vector<domain::ProjectId>> among;  // of these projects only
  std::optional<domain::EnvironmentId> environment_id;
  std::optional<domain::ScheduleKind> kind;
};

// As the other stores (stores.hpp).
class ScheduleStore {
 public:
  ScheduleStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  // kNameTaken when the environment has one of that name.
  [[nodiscard]] Status Insert(const domain::Schedule& schedule);
  [[nodiscard]] Result<domain::Schedule> Get(const domain::ScheduleId& id) const;
  [[nodiscard]] Result<Page<domain::Schedule>> List(const ScheduleFilter& filter,
                                                    PageRequest page) const;
  [[nodiscard]] Result<domain::Schedule> Update(
      const domain::ScheduleId& id, const std::function<Status(domain::Schedule&)>& change);
  // With the history of its runs; what it made stays.
  [[nodiscard]] Status Delete(const domain::ScheduleId& id);

  // Those whose time has come, the longest overdue first; at most `most`.
  [[nodiscard]] Result<std::vector<domain::Schedule>> Due(Instant now, int most) const;
  // Takes the run that `seen` is due for: records it and moves on to `next` (nullopt: turns the
  // schedule off). False, and nothing changed, when another node was first or the schedule was
  // changed since.
  [[nodiscard]] static Result<bool> TakeRunIn(Transaction& transaction,
                                              const domain::Schedule& seen,
                                              const domain::ScheduleRun& run,
                                              const std::optional<Instant>& next);
  // The same in a transaction of its own, whoever was first.
  [[nodiscard]] Status TakeRun(const domain::Schedule& seen, const domain::ScheduleRun& run,
                               const std::optional<Instant>& next);
  // The runs of a schedule, newest first.
  [[nodiscard]] Result<Page<domain::ScheduleRun>> Runs(const domain::ScheduleId& id,
                                                       PageRequest page) const;
  // The runs of all schedules of an environment that were due at `since` or later, oldest first.
  [[nodiscard]] Result<std::vector<domain::ScheduleRun>> RunsOf(
      const domain::EnvironmentId& environment, domain::ScheduleKind kind, Instant since) const;

 private:
  Database& database_;
  const Clock& clock_;
};

}  // namespace reprise::catalog
