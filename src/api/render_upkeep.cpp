#include "api/render_upkeep.hpp"

#include <fmt/format.h>

namespace reprise::api {
namespace {

namespace json = boost::json;

json::value MarkOrNull(const std::optional<catalog::BackupMark>& mark) {
  if (!mark) return nullptr;
  return json::object{{"id", mark->id.value},
                      {"name", mark->name},
                      {"is_verified", mark->is_verified},
                      {"created_at", FormatInstant(mark->created_at)}};
}

std::string DayText(std::chrono::local_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string_view NameOfSource(catalog::PolicySource source) {
  switch (source) {
    case catalog::PolicySource::kEnvironment:
      return "environment";
    case catalog::PolicySource::kProject:
      return "project";
    case catalog::PolicySource::kDefault:
      break;
  }
  return "default";
}

std::string WhyItGoes(const domain::Backup& backup) {
  if (backup.type == domain::BackupType::kScheduled) {
    return "not the newest of any day, week, month or year that the policy keeps";
  }
  return "older than the policy keeps backups of its type";
}

}  // namespace

json::object RenderScheduleRun(const domain::ScheduleRun& run) {
  return {{"due_at", FormatInstant(run.due_at)},      {"at", FormatInstant(run.at)},
          {"outcome", domain::NameOf(run.outcome)},   {"missed", run.missed},
          {"task_id", TextOrNull(run.task_id.value)}, {"detail", TextOrNull(run.detail)}};
}

json::object RenderSchedule(const domain::Schedule& schedule, Instant now) {
  json::value sentence;
  json::array next_runs;
  const auto table =
      upkeep::ScheduleService::TimetableOf(schedule, now, schedule.is_enabled ? 5 : 0);
  if (table) {
    sentence = table->sentence;
    for (const Instant when : table->next_runs) next_runs.emplace_back(FormatInstant(when));
  }
  return {{"id", schedule.id.value},
          {"project_id", schedule.project_id.value},
          {"environment_id", schedule.environment_id.value},
          {"kind", domain::NameOf(schedule.kind)},
          {"name", schedule.name},
          {"cron", schedule.cron},
          {"time_zone", schedule.time_zone},
          {"sentence", std::move(sentence)},
          {"is_enabled", schedule.is_enabled},
          {"include_filestore", schedule.include_filestore},
          {"incremental", schedule.incremental},
          {"next_run_at", TimeOrNull(schedule.next_run_at)},
          {"next_runs", std::move(next_runs)},
          {"last_run", schedule.last_run ? json::value(RenderScheduleRun(*schedule.last_run))
                                         : json::value(nullptr)},
          {"created_at", FormatInstant(schedule.created_at)},
          {"updated_at", FormatInstant(schedule.updated_at)}};
}

json::object RenderPolicy(const catalog::EffectivePolicy& effective) {
  const domain::RetentionPolicy& policy = effective.policy;
  return {{"daily", policy.daily},
          {"weekly", policy.weekly},
          {"monthly", policy.monthly},
          {"yearly", policy.yearly},
          {"before_changes_days", policy.before_changes_days},
          {"manual_days", policy.manual_days},
          {"time_zone", policy.time_zone},
          {"source", NameOfSource(effective.source)}};
}

json::object RenderRetentionPlan(const upkeep::RetentionPlan& plan) {
  json::array backups;
  int to_delete = 0;
  ByteCount freed = 0;
  for (const auto& [backup, decision] : plan.lines) {
    json::array reasons;
    std::string sentence;
    for (const domain::KeepReason reason : decision.reasons) {
      reasons.emplace_back(domain::NameOf(reason));
      if (!sentence.empty()) sentence += "; ";
      sentence += domain::InWords(reason);
    }
    if (!decision.is_kept()) {
      ++to_delete;
      freed += backup.compressed_size;
      sentence = WhyItGoes(backup);
    }
    backups.push_back(json::object{{"id", backup.id.value},
                                   {"name", backup.name},
                                   {"backup_type", domain::NameOf(backup.type)},
                                   {"compressed_size", backup.compressed_size},
                                   {"created_at", FormatInstant(backup.created_at)},
                                   {"is_kept", decision.is_kept()},
                                   {"reasons", std::move(reasons)},
                                   {"sentence", sentence},
                                   {"expires_at", TimeOrNull(decision.expires_at)}});
  }
  return {{"policy", RenderPolicy(plan.effective)},
          {"to_delete", to_delete},
          {"bytes_freed", freed},
          {"backups", std::move(backups)}};
}

json::object RenderDrill(const domain::Drill& drill) {
  return {{"id", drill.id.value},
          {"project_id", drill.project_id.value},
          {"environment_id", TextOrNull(drill.environment_id.value)},
          {"backup_id", drill.backup_id.value},
          {"task_id", drill.task_id.value},
          {"status", domain::NameOf(drill.status)},
          {"started_at", TimeOrNull(drill.started_at)},
          {"completed_at", TimeOrNull(drill.completed_at)},
          {"recovery_seconds",
           drill.recovery_seconds ? json::value(*drill.recovery_seconds) : json::value(nullptr)},
          {"error_code", TextOrNull(drill.error_code)},
          {"error_message", TextOrNull(drill.error_message)},
          {"error_step", TextOrNull(drill.error_step)},
          {"has_report", !drill.report_json.empty()},
          {"created_at", FormatInstant(drill.created_at)}};
}

json::object RenderProtection(const upkeep::Protection& protection) {
  json::array days;
  for (const domain::DaySquare& square : protection.days) {
    days.push_back(
        json::object{{"day", DayText(square.day)}, {"mark", domain::NameOf(square.mark)}});
  }
  const domain::Environment& environment = protection.environment;
  return {{"environment_id", environment.id.value},
          {"environment_name", environment.name},
          {"environment_type", domain::NameOf(environment.type)},
          {"project_id", environment.project_id.value},
          {"state", domain::NameOf(protection.state)},
          {"reasons", json::array(protection.reasons.begin(), protection.reasons.end())},
          {"last_backup", MarkOrNull(protection.last_backup)},
          {"last_verified_backup", MarkOrNull(protection.last_verified)},
          {"last_drill", protection.last_drill ? json::value(RenderDrill(*protection.last_drill))
                                               : json::value(nullptr)},
          {"schedules", protection.schedules},
          {"next_run_at", TimeOrNull(protection.next_run_at)},
          {"is_window_missed", protection.is_window_missed},
          {"days", std::move(days)}};
}

}  // namespace reprise::api
