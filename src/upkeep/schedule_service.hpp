#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backup/backup_service.hpp"
#include "catalog/schedule_store.hpp"
#include "domain/schedule.hpp"
#include "restore/drill_service.hpp"

namespace reprise::upkeep {

struct ScheduleOrder {
  domain::EnvironmentId environment_id;
  domain::ScheduleKind kind = domain::ScheduleKind::kBackup;
  std::string name;  // empty: what its expression means
  std::string cron;
  std::string time_zone = "UTC";
  bool is_enabled = true;
  bool include_filestore = true;
  bool incremental = false;
};

// What is not set stays as it is.
struct ScheduleChange {
  std::optional<std::string> name;
  std::optional<std::string> cron;
  std::optional<std::string> time_zone;
  std::optional<bool> is_enabled;
  std::optional<bool> include_filestore;
  std::optional<bool> incremental;
};

// When a schedule will run, in words and in times.
struct Timetable {
  std::string sentence;
  std::vector<Instant> next_runs;
};

// Schedules as callers handle them. Thread-safe.
class ScheduleService {
 public:
  struct Parts {
    catalog::ScheduleStore& schedules;
    catalog::EnvironmentStore& environments;
    backup::BackupService& backup_service;
    restore::DrillService& drill_service;
    const Clock& clock;
  };
  explicit ScheduleService(Parts parts) : parts_(parts) {}

  // kInvalidArgument about /cron or /time_zone; kNameTaken; kConflict when the environment is
  // removed.
  [[nodiscard]] Result<domain::Schedule> Create(const ScheduleOrder& order);
  // The next run is counted anew from now.
  [[nodiscard]] Result<domain::Schedule> Change(const domain::ScheduleId& id,
                                                const ScheduleChange& change);
  // Does now what it does when it is due, whether it is on or not; its next run stays as it is.
  [[nodiscard]] Result<domain::TaskId> RunNow(const domain::ScheduleId& id);

  // The `count` runs after `from`.
  [[nodiscard]] static Result<Timetable> TimetableOf(const domain::Schedule& schedule, Instant from,
                                                     int count);
  // Queues what the schedule makes, with `alongside` in the same transaction. kTargetBusy while
  // the former run has not ended.
  [[nodiscard]] Result<domain::TaskId> Order(const domain::Schedule& schedule,
                                             const jobs::Alongside& alongside);
  // What its runs hold: one at a time does.
  [[nodiscard]] static std::string TargetOf(const domain::Schedule& schedule);

 private:
  Parts parts_;
};

}  // namespace reprise::upkeep
