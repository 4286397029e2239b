#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/stream.hpp"
#include "domain/environment.hpp"
#include "domain/ids.hpp"

namespace reprise::domain {

enum class BackupStatus { kPending, kRunning, kCompleted, kFailed, kCancelled, kDeleted };
enum class BackupType {
  kManual,
  kScheduled,
  kPreRestore,
  kPreUpgrade,
  kPreDeploy,
  kPreDestroy,
  kImported
};

// What the environment was when the backup was taken: enough to build it again.
struct EnvironmentSnapshot {
  std::string name;
  EnvironmentType type = EnvironmentType::kDevelopment;
  std::string odoo_version;  // "14.0"
  std::string db_name;
  std::string postgres_version;  // "13.23"
  std::vector<std::string> extensions;
  std::map<std::string, std::string> modules;  // installed module → version
  EnvironmentImages images;                    // empty when the backup came from elsewhere
};

// One archive of an environment's database and filestore in storage.
struct Backup {
  BackupId id;
  ProjectId project_id;
  EnvironmentId environment_id;  // empty for an imported one
  TaskId task_id;
  std::string name;
  std::string notes;
  BackupStatus status = BackupStatus::kPending;
  BackupType type = BackupType::kManual;
  bool include_filestore = true;
  ByteCount database_size = 0;        // of the dump as it would be unpacked
  ByteCount filestore_size = 0;       // sum of the files
  ByteCount total_size = 0;           // database_size + filestore_size
  ByteCount compressed_size = 0;      // of the archive
  StorageConfigId storage_config_id;  // empty: the installation's own folder
  std::string storage_key;
  std::string sha256;  // of the archive
  // Of its manifest.json when that vouches for every other byte, as it was when it was last
  // verified; else empty.
  std::string manifest_sha256;
  std::string format;  // "reprise", "odoo_zip", "custom", "sql", …
  EnvironmentSnapshot snapshot;
  bool is_verified = false;
  std::optional<Instant> verified_at;
  std::optional<Instant> started_at;
  std::optional<Instant> completed_at;
  std::optional<Instant> expires_at;  // when retention deletes it, as things stand
  bool keep_forever = false;          // retention never does
  std::string error_message;
  Instant created_at;
};

// Where a new archive goes.
struct ArchivePlace {
  StorageConfigId storage_config_id;  // empty: the installation's own folder
  bool is_sealed = false;             // encrypted with its organization's key before
};

// How the storage keys of sealed archives end: whether one is sealed is known before it is read.
inline constexpr std::string_view kSealedEnding = ".sealed";
// Gives `backup` its place, under `key` there.
void PutAt(const ArchivePlace& place, std::string key, Backup& backup);
[[nodiscard]] bool IsSealed(const Backup& backup);

// Where its archive is, for a storage::RoutedStore.
[[nodiscard]] std::string StorageAddressOf(const Backup& backup);

[[nodiscard]] std::string_view NameOf(BackupStatus status);
[[nodiscard]] std::string_view NameOf(BackupType type);
[[nodiscard]] std::optional<BackupStatus> ParseBackupStatus(std::string_view text);
[[nodiscard]] std::optional<BackupType> ParseBackupType(std::string_view text);

}  // namespace reprise::domain
