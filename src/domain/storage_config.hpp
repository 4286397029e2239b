#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace reprise::domain {

// Who keeps the archives. R2, B2, MinIO and Ceph speak S3, each with its own habits; kFtp is FTPS
// without TLS.
enum class StorageProvider { kS3, kR2, kB2, kMinio, kCeph, kSftp, kFtps, kFtp, kLocal };

// Where an organization keeps its archives. `settings` are by name, as the API has them; what opens
// the storage is sealed with the installation's key.
struct StorageConfig {
  StorageConfigId id;
  OrganizationId organization_id;
  std::string name;
  StorageProvider provider = StorageProvider::kS3;
  bool is_default = false;
  std::map<std::string, std::string> settings;
  std::string sealed_secrets;  // empty: none
  // New archives are sealed with the organization's key before they go there.
  bool encrypts_archives = false;
  Instant created_at;
  Instant updated_at;
};

[[nodiscard]] std::string_view NameOf(StorageProvider provider);
[[nodiscard]] std::optional<StorageProvider> ParseStorageProvider(std::string_view text);

}  // namespace reprise::domain
