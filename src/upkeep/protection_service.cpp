#include "upkeep/protection_service.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reprise::upkeep {
namespace {

using catalog::BackupMark;
using domain::BackupStatus;
using domain::DayMark;
using domain::ProtectionState;
using domain::Schedule;

// A run that nobody has begun by then is missed: no server looks after schedules.
constexpr std::chrono::minutes kOverdue{10};

DayMark MarkOf(const BackupMark& backup) {
  switch (backup.status) {
    case BackupStatus::kCompleted:
      return backup.is_verified ? DayMark::kVerified : DayMark::kMade;
    case BackupStatus::kPending:
    case BackupStatus::kRunning:
      return DayMark::kRunning;
    default:
      return DayMark::kMissed;
  }
}

// Why the last time that `schedule` was due brought no verified backup; empty when it did, or may
// still do.
std::string MissOf(const Schedule& schedule, const std::vector<BackupMark>& marks, Instant now) {
  if (schedule.next_run_at && now - *schedule.next_run_at > kOverdue) {
    return fmt::format("the schedule \"{}\" was due at {}, and nothing has begun it", schedule.name,
                       FormatInstant(*schedule.next_run_at));
  }
  const std::optional<domain::ScheduleRun>& run = schedule.last_run;
  if (!run) return {};
  if (run->outcome == domain::RunOutcome::kFailed) return run->detail;
  // One that was skipped counts by what the run in its way brings.
  const auto made = std::find_if(marks.begin(), marks.end(), [&](const BackupMark& mark) {
    return mark.task_id == run->task_id;
  });
  if (made == marks.end()) return {};
  const DayMark mark = MarkOf(*made);
  if (mark == DayMark::kVerified || mark == DayMark::kRunning) return {};
  return fmt::format("the last run of the schedule \"{}\", at {}, brought no verified backup",
                     schedule.name, FormatInstant(run->due_at));
}

}  // namespace

Result<Protection> ProtectionService::Of(const domain::Environment& environment,
                                         const domain::TimeZone& zone) const {
  const Instant now = parts_.clock.Now();
  const Instant since = now - std::chrono::days(kDays + 1);
  Protection answer;
  answer.environment = environment;
  ASSIGN_OR_RETURN(answer.last_backup, parts_.retention.LastCompleted(environment.id));
  ASSIGN_OR_RETURN(answer.last_verified, parts_.retention.LastVerified(environment.id));
  ASSIGN_OR_RETURN(const std::vector<BackupMark> marks,
                   parts_.retention.MarksSince(environment.id, since));
  ASSIGN_OR_RETURN(const auto runs,
                   parts_.schedules.RunsOf(environment.id, domain::ScheduleKind::kBackup, since));
  std::vector<domain::DayFact> facts;
  facts.reserve(marks.size());
  for (const BackupMark& mark : marks) facts.push_back({mark.created_at, MarkOf(mark)});
  for (const domain::ScheduleRun& run : runs) facts.push_back({run.due_at, DayMark::kMissed});
  answer.days = domain::SquaresOf(facts, now, kDays, zone);

  ASSIGN_OR_RETURN(
      const auto schedules,
      parts_.schedules.List(
          {.environment_id = environment.id, .kind = domain::ScheduleKind::kBackup}, {1, 100}));
  for (const Schedule& schedule : schedules.items) {
    if (!schedule.is_enabled) continue;
    ++answer.schedules;
    answer.next_run_at =
        std::min(answer.next_run_at.value_or(*schedule.next_run_at), *schedule.next_run_at);
    std::string miss = MissOf(schedule, marks, now);
    if (miss.empty()) continue;
    answer.is_window_missed = true;
    answer.reasons.push_back(std::move(miss));
  }
  ASSIGN_OR_RETURN(const auto drills,
                   parts_.drills.List({.environment_id = environment.id}, {1, 20}));
  for (const domain::Drill& drill : drills.items) {
    if (drill.status != domain::DrillStatus::kPassed &&
        drill.status != domain::DrillStatus::kFailed) {
      continue;
    }
    answer.last_drill = drill;
    break;
  }
  if (answer.last_drill && answer.last_drill->status == domain::DrillStatus::kFailed) {
    answer.reasons.push_back(
        fmt::format("the last drill failed in step {}", answer.last_drill->error_step));
  }
  if (answer.schedules == 0) answer.reasons.emplace_back("no schedule makes backups of it");
  if (!answer.last_verified) answer.reasons.emplace_back("it has no verified backup");
  answer.state = !answer.last_verified    ? ProtectionState::kUnprotected
                 : answer.reasons.empty() ? ProtectionState::kProtected
                                          : ProtectionState::kAtRisk;
  return answer;
}

Result<catalog::Page<Protection>> ProtectionService::List(const catalog::EnvironmentFilter& filter,
                                                          catalog::PageRequest page,
                                                          const domain::TimeZone& zone) const {
  ASSIGN_OR_RETURN(const auto found, parts_.environments.List(filter, page));
  catalog::Page<Protection> answer;
  answer.total = found.total;
  answer.page = found.page;
  answer.page_size = found.page_size;
  for (const domain::Environment& environment : found.items) {
    ASSIGN_OR_RETURN(Protection one, Of(environment, zone));
    answer.items.push_back(std::move(one));
  }
  return answer;
}

}  // namespace reprise::upkeep
