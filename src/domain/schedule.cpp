#include "domain/schedule.hpp"

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kKindNames = MakeNameTable<ScheduleKind>({
    {ScheduleKind::kBackup, "backup"},
    {ScheduleKind::kDrill, "drill"},
});

constexpr auto kOutcomeNames = MakeNameTable<RunOutcome>({
    {RunOutcome::kStarted, "started"},
    {RunOutcome::kCaughtUp, "caught_up"},
    {RunOutcome::kSkipped, "skipped"},
    {RunOutcome::kFailed, "failed"},
});

}  // namespace

std::string_view NameOf(ScheduleKind value) { return kKindNames.Name(value); }
std::string_view NameOf(RunOutcome value) { return kOutcomeNames.Name(value); }
std::optional<ScheduleKind> ParseScheduleKind(std::string_view text) {
  return kKindNames.Parse(text);
}
std::optional<RunOutcome> ParseRunOutcome(std::string_view text) {
  return kOutcomeNames.Parse(text);
}

}  // namespace reprise::domain
