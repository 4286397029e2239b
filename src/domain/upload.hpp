#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/stream.hpp"
#include "domain/backup.hpp"
#include "domain/ids.hpp"

namespace reprise::domain {

enum class UploadStatus {
  kUploading,  // bytes may come
  kImporting,  // all are there, and a task makes a backup of them
  kAbandoned,  // given up or expired: its parts are being removed
  kEnded,      // its import has ended, and its parts are removed
};

// An archive that comes in as many pieces as the line allows (ADR 36). What has come lies as parts
// in the storage that the archive will go to.
struct Upload {
  BackupId id;  // of the backup that it will become
  ProjectId project_id;
  std::string owner;  // the id of the user who began it; empty: the installation's own key
  std::string name;   // of the backup; empty: made from type and time
  std::string notes;
  std::string file_name;
  std::string fingerprint;  // the client's own word for which file it is; may be empty
  std::string sha256;       // of the whole, in lower-case hex; empty: not told
  ByteCount total_bytes = 0;
  ByteCount received_bytes = 0;  // durable, and counted from the first byte
  std::int64_t parts = 0;
  ArchivePlace place;
  UploadStatus status = UploadStatus::kUploading;
  std::string claim;  // of who may add to it: the last request that began to
  std::string idempotency_key;
  Instant created_at;
  Instant expires_at;  // unless more comes
};

[[nodiscard]] std::string_view NameOf(UploadStatus status);
[[nodiscard]] std::optional<UploadStatus> ParseUploadStatus(std::string_view text);

// Below this lies all that has come of an upload, for a storage::RoutedStore.
[[nodiscard]] std::string AddressOfParts(const Upload& upload);
// Whether a key is of such a part: what lies there goes with its upload.
[[nodiscard]] bool IsPartOfUpload(std::string_view key);
// Of the part that begins where the upload stands. Two writers never have the same.
[[nodiscard]] std::string AddressOfNextPart(const Upload& upload);

}  // namespace reprise::domain
