#include "domain/backup.hpp"

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kBackupStatusNames = MakeNameTable<BackupStatus>({
    {BackupStatus::kPending, "pending"},
    {BackupStatus::kRunning, "running"},
    {BackupStatus::kCompleted, "completed"},
    {BackupStatus::kFailed, "failed"},
    {BackupStatus::kCancelled, "cancelled"},
    {BackupStatus::kDeleted, "deleted"},
});

constexpr auto kBackupTypeNames = MakeNameTable<BackupType>({
    {BackupType::kManual, "manual"},
    {BackupType::kScheduled, "scheduled"},
    {BackupType::kPreRestore, "pre_restore"},
    {BackupType::kPreUpgrade, "pre_upgrade"},
    {BackupType::kPreDeploy, "pre_deploy"},
    {BackupType::kPreDestroy, "pre_destroy"},
    {BackupType::kImported, "imported"},
});

}  // namespace

void PutAt(const ArchivePlace& place, std::string key, Backup& backup) {
  backup.storage_config_id = place.storage_config_id;
  backup.storage_key = std::move(key);
  if (place.is_sealed) backup.storage_key += kSealedEnding;
}

bool IsSealed(const Backup& backup) { return backup.storage_key.ends_with(kSealedEnding); }

std::string StorageAddressOf(const Backup& backup) {
  if (backup.storage_config_id.empty()) return backup.storage_key;
  return backup.storage_config_id.value + ":" + backup.storage_key;
}

std::string_view NameOf(BackupStatus value) { return kBackupStatusNames.Name(value); }
std::string_view NameOf(BackupType value) { return kBackupTypeNames.Name(value); }

std::optional<BackupStatus> ParseBackupStatus(std::string_view text) {
  return kBackupStatusNames.Parse(text);
}
std::optional<BackupType> ParseBackupType(std::string_view text) {
  return kBackupTypeNames.Parse(text);
}

}  // namespace reprise::domain
