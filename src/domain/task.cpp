#include "domain/task.hpp"

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kTaskKindNames = MakeNameTable<TaskKind>({
    {TaskKind::kBackup, "backup"},
    {TaskKind::kRestore, "restore"},
    {TaskKind::kUndo, "undo"},
    {TaskKind::kImport, "import"},
    {TaskKind::kVerify, "verify"},
    {TaskKind::kDeploy, "deploy"},
    {TaskKind::kRemove, "remove"},
    {TaskKind::kRelease, "release"},
    {TaskKind::kDrill, "drill"},
    {TaskKind::kMount, "mount"},
    {TaskKind::kUnmount, "unmount"},
    {TaskKind::kSnapshot, "snapshot"},
    {TaskKind::kRollback, "rollback"},
    {TaskKind::kDropSnapshot, "drop_snapshot"},
});

constexpr auto kTaskStatusNames = MakeNameTable<TaskStatus>({
    {TaskStatus::kQueued, "queued"},
    {TaskStatus::kRunning, "running"},
    {TaskStatus::kCompleted, "completed"},
    {TaskStatus::kFailed, "failed"},
    {TaskStatus::kCancelled, "cancelled"},
});

constexpr auto kStepStateNames = MakeNameTable<StepState>({
    {StepState::kPending, "pending"},
    {StepState::kRunning, "running"},
    {StepState::kDone, "done"},
    {StepState::kFailed, "failed"},
    {StepState::kUndone, "undone"},
    {StepState::kSkipped, "skipped"},
});

}  // namespace

std::string_view NameOf(TaskKind value) { return kTaskKindNames.Name(value); }
std::string_view NameOf(TaskStatus value) { return kTaskStatusNames.Name(value); }
std::string_view NameOf(StepState value) { return kStepStateNames.Name(value); }

std::optional<TaskKind> ParseTaskKind(std::string_view text) { return kTaskKindNames.Parse(text); }
std::optional<TaskStatus> ParseTaskStatus(std::string_view text) {
  return kTaskStatusNames.Parse(text);
}
std::optional<StepState> ParseStepState(std::string_view text) {
  return kStepStateNames.Parse(text);
}

}  // namespace reprise::domain
