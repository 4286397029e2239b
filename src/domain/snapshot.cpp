#include "domain/snapshot.hpp"

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kSnapshotOriginNames = MakeNameTable<SnapshotOrigin>({
    {SnapshotOrigin::kManual, "manual"},
    {SnapshotOrigin::kAfterRestore, "after_restore"},
    {SnapshotOrigin::kBeforeRollback, "before_rollback"},
});

constexpr auto kSnapshotStatusNames = MakeNameTable<SnapshotStatus>({
    {SnapshotStatus::kTaking, "taking"},
    {SnapshotStatus::kKept, "kept"},
    {SnapshotStatus::kRemoving, "removing"},
    {SnapshotStatus::kRemoved, "removed"},
    {SnapshotStatus::kUsed, "used"},
    {SnapshotStatus::kFailed, "failed"},
});

}  // namespace

std::string_view NameOf(SnapshotOrigin value) { return kSnapshotOriginNames.Name(value); }
std::string_view NameOf(SnapshotStatus value) { return kSnapshotStatusNames.Name(value); }
std::optional<SnapshotOrigin> ParseSnapshotOrigin(std::string_view text) {
  return kSnapshotOriginNames.Parse(text);
}
std::optional<SnapshotStatus> ParseSnapshotStatus(std::string_view text) {
  return kSnapshotStatusNames.Parse(text);
}

}  // namespace reprise::domain
