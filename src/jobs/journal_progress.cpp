#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/json_fields.hpp"
#include "jobs/journal.hpp"
#include "jobs/journal_entry.hpp"

namespace reprise::jobs {
namespace {

namespace json = boost::json;
using catalog::Row;
using catalog::Transaction;
using domain::StepState;

json::value OrNull(const std::optional<double>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

// What a change to `state` means for the other columns of the step.
std::string_view SetListOf(StepState state) {
  switch (state) {
    case StepState::kRunning:
      return "state = $3, error = $4, percent = 0, detail = '', completed_at = NULL,"
             " started_at = COALESCE(started_at, $5)";
    case StepState::kDone:
      return "state = $3, error = $4, percent = 100, completed_at = $5";
    case StepState::kFailed:
    case StepState::kUndone:
    case StepState::kSkipped:
      return "state = $3, error = CASE WHEN $4 = '' THEN error ELSE $4 END, completed_at = $5";
    case StepState::kPending:
      break;
  }
  return "state = $3, error = $4, percent = 0, detail = '', completed_at = NULL, started_at = NULL";
}

// The first running step is the one that the task shows; between two steps the last one stays.
constexpr std::string_view kShowRunningStep =
    "step = COALESCE((SELECT name FROM step WHERE task_id = $1 AND state = 'running'"
    " ORDER BY ordinal LIMIT 1), step)";

Status CheckSamePlan(const domain::Task& task, const std::vector<std::string>& names) {
  const bool same = std::equal(
      task.steps.begin(), task.steps.end(), names.begin(), names.end(),
      [](const domain::TaskStep& step, const std::string& name) { return step.name == name; });
  if (same) return {};
  return Fail(
      ErrorCode::kIncompatible,
      fmt::format("task {} was begun with other steps than this program has for it", task.id.value),
      "finish it with the version of reprise that began it");
}

}  // namespace

Status Journal::DeclareSteps(const Claim& claim, const std::vector<std::string>& names) {
  return Write([&](JournalEntry& entry) -> Status {
    ASSIGN_OR_RETURN(domain::Task task, CheckOwned(entry, claim));
    RETURN_IF_ERROR(LoadSteps(entry.transaction, task));
    if (!task.steps.empty()) return CheckSamePlan(task, names);
    for (std::size_t ordinal = 0; ordinal < names.size(); ++ordinal) {
      RETURN_IF_ERROR(
          entry.Change("INSERT INTO step (task_id, ordinal, name, state, percent, detail, error)"
                       " VALUES ($1, $2, $3, 'pending', 0, '', '')",
                       {task.id.value, static_cast<std::int64_t>(ordinal), names[ordinal]}));
    }
    return {};
  });
}

Status Journal::SetStep(const Claim& claim, std::string_view step, StepState state,
                        const std::string& error) {
  return Write([&](JournalEntry& entry) -> Status {
    RETURN_IF_ERROR(CheckOwned(entry, claim));
    ASSIGN_OR_RETURN(
        const std::int64_t changed,
        entry.Change(
            fmt::format("UPDATE step SET {} WHERE task_id = $1 AND name = $2", SetListOf(state)),
            {claim.task.id.value, std::string(step), std::string(domain::NameOf(state)), error,
             catalog::TimeValue(entry.now)}));
    if (changed == 0) {
      return Fail(ErrorCode::kInternal,
                  fmt::format("task {} has no step \"{}\"", claim.task.id.value, step));
    }
    ASSIGN_OR_RETURN(const domain::Task task, ChangeOwned(entry, claim, kShowRunningStep));
    json::object more{{"step", step}, {"state", domain::NameOf(state)}};
    if (!error.empty()) more["error"] = error;
    return entry.Tell(task, "task.step", more);
  });
}

Status Journal::SetProgress(const Claim& claim, std::string_view step, double step_percent,
                            const std::string& detail, double task_percent,
                            std::optional<double> eta_seconds) {
  return Write([&](JournalEntry& entry) -> Status {
    ASSIGN_OR_RETURN(const domain::Task task,
                     ChangeOwned(entry, claim, "percent = $3, eta_seconds = $4",
                                 {task_percent, catalog::OptionalRealValue(eta_seconds)}));
    RETURN_IF_ERROR(
        entry.Change("UPDATE step SET percent = $3, detail = $4 WHERE task_id = $1 AND name = $2",
                     {task.id.value, std::string(step), step_percent, detail}));
    return entry.Tell(task, "task.progress",
                      {{"step", step},
                       {"step_percent", step_percent},
                       {"detail", detail},
                       {"eta_seconds", OrNull(eta_seconds)}});
  });
}

Status Journal::Save(const Claim& claim, std::string_view key, const json::value& value) {
  return Write([&](JournalEntry& entry) -> Status {
    RETURN_IF_ERROR(CheckOwned(entry, claim));
    RETURN_IF_ERROR(
        entry.Change("INSERT INTO task_fact (task_id, key, value) VALUES ($1, $2, $3)"
                     " ON CONFLICT (task_id, key) DO UPDATE SET value = excluded.value",
                     {claim.task.id.value, std::string(key), json::serialize(value)}));
    return {};
  });
}

Result<std::optional<json::value>> Journal::Saved(const domain::TaskId& id,
                                                  std::string_view key) const {
  std::optional<std::string> text;
  const auto read = [&](Transaction& transaction) -> Status {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        transaction.Query("SELECT value FROM task_fact WHERE task_id = $1 AND key = $2",
                          {id.value, std::string(key)}));
    text.reset();  // of a first try
    if (!rows.empty()) text = rows.front().Text(0);
    return {};
  };
  RETURN_IF_ERROR(database_.Read(read));
  if (!text) return std::nullopt;
  ASSIGN_OR_RETURN(json::value value, ParseJson(*text));
  return std::optional<json::value>(std::move(value));
}

Status Journal::AppendEvent(const Claim& claim, std::string_view type, const json::object& data) {
  return Write([&](JournalEntry& entry) -> Status {
    ASSIGN_OR_RETURN(const domain::Task task, CheckOwned(entry, claim));
    return entry.Tell(task, type, data);
  });
}

}  // namespace reprise::jobs
