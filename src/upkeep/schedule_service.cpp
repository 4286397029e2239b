#include "upkeep/schedule_service.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "domain/cron_expression.hpp"

namespace reprise::upkeep {
namespace {

using domain::CronExpression;
using domain::Schedule;
using domain::TimeZone;

// Checks the expression and its zone, and sets when it runs next.
Status SetNextRun(Schedule& schedule, Instant now) {
  ASSIGN_OR_RETURN(const CronExpression cron, CronExpression::Parse(schedule.cron));
  ASSIGN_OR_RETURN(const TimeZone zone, TimeZone::Find(schedule.time_zone));
  schedule.cron = cron.text();
  schedule.next_run_at = schedule.is_enabled ? cron.NextAfter(now, zone) : std::nullopt;
  return {};
}

Status CheckLiving(const domain::Environment& environment) {
  if (environment.status != domain::EnvironmentStatus::kDeleted) return {};
  return Fail(ErrorCode::kConflict,
              fmt::format("the environment \"{}\" is removed", environment.name));
}

}  // namespace

Result<Schedule> ScheduleService::Create(const ScheduleOrder& order) {
  ASSIGN_OR_RETURN(const domain::Environment environment,
                   parts_.environments.Get(order.environment_id));
  RETURN_IF_ERROR(CheckLiving(environment));
  Schedule schedule;
  schedule.id.value = NewUuid();
  schedule.project_id = environment.project_id;
  schedule.environment_id = environment.id;
  schedule.kind = order.kind;
  schedule.cron = order.cron;
  schedule.time_zone = order.time_zone;
  schedule.is_enabled = order.is_enabled;
  schedule.include_filestore = order.include_filestore;
  schedule.incremental = order.incremental;
  RETURN_IF_ERROR(SetNextRun(schedule, parts_.clock.Now()));
  schedule.name = order.name;
  if (schedule.name.empty()) {
    ASSIGN_OR_RETURN(const CronExpression cron, CronExpression::Parse(schedule.cron));
    schedule.name = fmt::format("{}: {}", domain::NameOf(schedule.kind), cron.Sentence());
  }
  RETURN_IF_ERROR(parts_.schedules.Insert(schedule));
  return parts_.schedules.Get(schedule.id);
}

Result<Schedule> ScheduleService::Change(const domain::ScheduleId& id,
                                         const ScheduleChange& change) {
  const Instant now = parts_.clock.Now();
  return parts_.schedules.Update(id, [&](Schedule& row) -> Status {
    const bool moves = change.cron || change.time_zone || change.is_enabled;
    if (change.name) row.name = *change.name;
    if (change.cron) row.cron = *change.cron;
    if (change.time_zone) row.time_zone = *change.time_zone;
    if (change.is_enabled) row.is_enabled = *change.is_enabled;
    if (change.include_filestore) row.include_filestore = *change.include_filestore;
    if (change.incremental) row.incremental = *change.incremental;
    return moves ? SetNextRun(row, now) : Status();
  });
}

Result<domain::TaskId> ScheduleService::RunNow(const domain::ScheduleId& id) {
  ASSIGN_OR_RETURN(const Schedule schedule, parts_.schedules.Get(id));
  return Order(schedule, {});
}

Result<Timetable> ScheduleService::TimetableOf(const Schedule& schedule, Instant from, int count) {
  ASSIGN_OR_RETURN(const CronExpression cron, CronExpression::Parse(schedule.cron));
  ASSIGN_OR_RETURN(const TimeZone zone, TimeZone::Find(schedule.time_zone));
  Timetable timetable{cron.Sentence(), {}};
  for (int i = 0; i < count; ++i) {
    const std::optional<Instant> next = cron.NextAfter(from, zone);
    if (!next) break;
    timetable.next_runs.push_back(*next);
    from = *next;
  }
  return timetable;
}

Result<domain::TaskId> ScheduleService::Order(const Schedule& schedule,
                                              const jobs::Alongside& alongside) {
  if (schedule.kind == domain::ScheduleKind::kDrill) {
    restore::DrillOrder drill;
    drill.environment_id = schedule.environment_id;
    ASSIGN_OR_RETURN(const domain::Drill made, parts_.drill_service.Order(drill, alongside));
    return made.task_id;
  }
  backup::BackupOrder order;
  order.environment_id = schedule.environment_id;
  order.type = domain::BackupType::kScheduled;
  order.notes = fmt::format("made by the schedule \"{}\"", schedule.name);
  order.include_filestore = schedule.include_filestore;
  order.incremental = schedule.incremental;
  ASSIGN_OR_RETURN(const domain::Backup backup, parts_.backup_service.Order(order, alongside));
  return backup.task_id;
}

std::string ScheduleService::TargetOf(const Schedule& schedule) {
  if (schedule.kind == domain::ScheduleKind::kDrill) {
    return restore::DrillService::TargetOf(schedule.environment_id);
  }
  return backup::BackupService::TargetOf(schedule.environment_id);
}

}  // namespace reprise::upkeep
