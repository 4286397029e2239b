#include "domain/restore_point.hpp"

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kRestoreModeNames = MakeNameTable<RestoreMode>({
    {RestoreMode::kOriginal, "original"},
    {RestoreMode::kExisting, "existing"},
    {RestoreMode::kNew, "new"},
    {RestoreMode::kCrossServer, "cross_server"},
});

constexpr auto kRestoreStrategyNames = MakeNameTable<RestoreStrategy>({
    {RestoreStrategy::kAuto, "auto"},
    {RestoreStrategy::kSideBySide, "side_by_side"},
    {RestoreStrategy::kInPlace, "in_place"},
});

constexpr auto kRestoreStatusNames = MakeNameTable<RestoreStatus>({
    {RestoreStatus::kPending, "pending"},
    {RestoreStatus::kDownloading, "downloading"},
    {RestoreStatus::kRestoringDb, "restoring_db"},
    {RestoreStatus::kRestoringFiles, "restoring_files"},
    {RestoreStatus::kVerifying, "verifying"},
    {RestoreStatus::kCompleted, "completed"},
    {RestoreStatus::kFailed, "failed"},
    {RestoreStatus::kCancelled, "cancelled"},
});

constexpr auto kRestoreOutcomeNames = MakeNameTable<RestoreOutcome>({
    {RestoreOutcome::kNone, "none"},
    {RestoreOutcome::kTargetUntouched, "target_untouched"},
    {RestoreOutcome::kSwapped, "swapped"},
    {RestoreOutcome::kRolledBack, "rolled_back"},
    {RestoreOutcome::kUndone, "undone"},
});

constexpr auto kSwitchNames = MakeNameTable<Switch>({
    {Switch::kAuto, "auto"},
    {Switch::kOn, "true"},
    {Switch::kOff, "false"},
});

constexpr auto kIdentityPolicyNames = MakeNameTable<IdentityPolicy>({
    {IdentityPolicy::kAuto, "auto"},
    {IdentityPolicy::kKeep, "keep"},
    {IdentityPolicy::kReset, "reset"},
});

constexpr auto kUnhealthyPolicyNames = MakeNameTable<UnhealthyPolicy>({
    {UnhealthyPolicy::kRollback, "rollback"},
    {UnhealthyPolicy::kLeave, "leave"},
});

}  // namespace

std::string_view NameOf(RestoreMode value) { return kRestoreModeNames.Name(value); }
std::string_view NameOf(RestoreStrategy value) { return kRestoreStrategyNames.Name(value); }
std::string_view NameOf(RestoreStatus value) { return kRestoreStatusNames.Name(value); }
std::string_view NameOf(RestoreOutcome value) { return kRestoreOutcomeNames.Name(value); }
std::string_view NameOf(Switch value) { return kSwitchNames.Name(value); }
std::string_view NameOf(IdentityPolicy value) { return kIdentityPolicyNames.Name(value); }
std::string_view NameOf(UnhealthyPolicy value) { return kUnhealthyPolicyNames.Name(value); }

std::optional<RestoreMode> ParseRestoreMode(std::string_view text) {
  return kRestoreModeNames.Parse(text);
}
std::optional<RestoreStrategy> ParseRestoreStrategy(std::string_view text) {
  return kRestoreStrategyNames.Parse(text);
}
std::optional<RestoreStatus> ParseRestoreStatus(std::string_view text) {
  return kRestoreStatusNames.Parse(text);
}
std::optional<RestoreOutcome> ParseRestoreOutcome(std::string_view text) {
  return kRestoreOutcomeNames.Parse(text);
}
std::optional<Switch> ParseSwitch(std::string_view text) { return kSwitchNames.Parse(text); }
std::optional<IdentityPolicy> ParseIdentityPolicy(std::string_view text) {
  return kIdentityPolicyNames.Parse(text);
}
std::optional<UnhealthyPolicy> ParseUnhealthyPolicy(std::string_view text) {
  return kUnhealthyPolicyNames.Parse(text);
}

}  // namespace reprise::domain
