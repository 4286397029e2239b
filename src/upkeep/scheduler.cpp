#include "upkeep/scheduler.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/repeat.hpp"
#include "domain/cron_expression.hpp"

namespace reprise::upkeep {
namespace {

namespace json = boost::json;
using domain::RunOutcome;
using domain::Schedule;
using domain::ScheduleRun;

constexpr std::chrono::seconds kPause{5};
// A run that begins later than this was missed: nothing looked when it was due.
constexpr std::chrono::minutes kLate{2};
constexpr int kMostMissed = 1000;
constexpr int kMostAtOnce = 100;

// Times that were due after `due`, up to now.
int MissedAfter(const domain::CronExpression& cron, const domain::TimeZone& zone, Instant due,
                Instant now) {
  int missed = 0;
  auto next = cron.NextAfter(due, zone);
  while (next && *next <= now && missed < kMostMissed) {
    ++missed;
    next = cron.NextAfter(*next, zone);
  }
  return missed;
}

std::string InWords(const Schedule& schedule, const ScheduleRun& run) {
  const std::string due = FormatInstant(run.due_at);
  if (run.outcome == RunOutcome::kSkipped) {
    return fmt::format("the schedule \"{}\" was due at {}, but its former run has not ended",
                       schedule.name, due);
  }
  const std::string more =
      run.missed == 0 ? std::string() : fmt::format(", and {} times more", run.missed);
  return fmt::format(
      "the schedule \"{}\" was due at {}{}, while no server ran; this run makes up "
      "for it",
      schedule.name, due, more);
}

jobs::Notice NoticeOf(const Schedule& schedule, const ScheduleRun& run) {
  return {run.outcome == RunOutcome::kSkipped ? "schedule.skipped" : "schedule.caught_up",
          {{"schedule_id", schedule.id.value}, {"line", InWords(schedule, run)}}};
}

}  // namespace

void Scheduler::Run(const std::stop_token& stop) {
  RepeatUntilStopped(stop, kPause, "scheduler.failed", [&](const Context&) { return Tick(); });
}

Status Scheduler::Tick() {
  ASSIGN_OR_RETURN(const std::vector<Schedule> due,
                   parts_.schedules.Due(parts_.clock.Now(), kMostAtOnce));
  Status worst;
  for (const Schedule& schedule : due) {
    // One that cannot begin must not keep the others waiting.
    if (Status begun = Begin(schedule); !begun) worst = std::move(begun);
  }
  return worst;
}

Status Scheduler::Begin(const Schedule& schedule) {
  const Instant now = parts_.clock.Now();
  ScheduleRun run;
  run.due_at = *schedule.next_run_at;
  run.at = now;
  const auto cron = domain::CronExpression::Parse(schedule.cron);
  const auto zone = domain::TimeZone::Find(schedule.time_zone);
  if (!cron) return Fail(schedule, run, std::nullopt, cron.error());
  if (!zone) return Fail(schedule, run, std::nullopt, zone.error());
  const std::optional<Instant> next = cron->NextAfter(now, *zone);
  if (now - run.due_at > kLate) {
    run.outcome = RunOutcome::kCaughtUp;
    run.missed = MissedAfter(*cron, *zone, run.due_at, now);
    run.detail = InWords(schedule, run);
  }
  jobs::Alongside alongside;
  alongside.asker = jobs::Asker::kSchedule;
  if (run.outcome == RunOutcome::kCaughtUp) alongside.notice = NoticeOf(schedule, run);
  bool was_first = true;
  alongside.write = [&](catalog::Transaction& transaction, const domain::TaskId& task) -> Status {
    ScheduleRun taken = run;
    taken.task_id = task;
    ASSIGN_OR_RETURN(was_first,
                     catalog::ScheduleStore::TakeRunIn(transaction, schedule, taken, next));
    if (was_first) return {};
    return reprise::Fail(ErrorCode::kConflict, "another node has begun this run");
  };
  const Result<domain::TaskId> task = parts_.service.Order(schedule, alongside);
  if (!was_first) return {};
  if (task) {
    log::Info("schedule.begun", {{"schedule", schedule.id.value}, {"task", task->value}});
    return {};
  }
  switch (task.error().code) {
    case ErrorCode::kTargetBusy:
      return LeaveOut(schedule, run, next);
    case ErrorCode::kUnavailable:
      return reprise::Fail(task.error());  // the catalog: still due when it is back
    case ErrorCode::kConflict:             // what it is for is gone, and will stay so
      return Fail(schedule, run, std::nullopt, task.error());
    default:
      return Fail(schedule, run, next, task.error());
  }
}

Status Scheduler::LeaveOut(const Schedule& schedule, ScheduleRun run,
                           const std::optional<Instant>& next) {
  ASSIGN_OR_RETURN(const std::optional<domain::Task> former,
                   parts_.journal.ActiveOn(ScheduleService::TargetOf(schedule)));
  if (!former) return {};  // it has just ended: the run is still due
  run.outcome = RunOutcome::kSkipped;
  run.task_id = former->id;
  run.detail = InWords(schedule, run);
  bool was_first = true;
  const auto take = [&](catalog::Transaction& transaction) -> Status {
    ASSIGN_OR_RETURN(was_first,
                     catalog::ScheduleStore::TakeRunIn(transaction, schedule, run, next));
    if (was_first) return {};
    return reprise::Fail(ErrorCode::kConflict, "another node has looked after this run");
  };
  const Status told = parts_.journal.Tell(former->id, NoticeOf(schedule, run), take);
  if (told) log::Warning("schedule.skipped", {{"schedule", schedule.id.value}});
  return was_first ? told : Status();
}

Status Scheduler::Fail(const Schedule& schedule, ScheduleRun run,
                       const std::optional<Instant>& next, const Error& error) {
  run.outcome = RunOutcome::kFailed;
  run.detail = error.Sentence();
  log::Warning("schedule.failed", {{"schedule", schedule.id.value}, {"error", error.Sentence()}});
  return parts_.schedules.TakeRun(schedule, run, next);
}

}  // namespace reprise::upkeep
