#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "catalog/stores.hpp"
#include "domain/storage_config.hpp"

namespace reprise::catalog {

// What the backups of one storage come to.
struct StorageUsage {
  std::int64_t objects = 0;
  std::int64_t bytes = 0;
};

struct StorageFilter {
  std::optional<std::vector<domain::OrganizationId>> among;  // of these organizations only
};

// Storage configurations; of an organization's at most one is its default.
class StorageStore {
 public:
  explicit StorageStore(Database& database) : database_(database) {}
  // A default one takes the place of the one before. kNameTaken.
  [[nodiscard]] Status Insert(const domain::StorageConfig& config);
  [[nodiscard]] Result<domain::StorageConfig> Get(const domain::StorageConfigId& id) const;
  [[nodiscard]] Result<Page<domain::StorageConfig>> List(const StorageFilter& filter,
                                                         PageRequest page) const;
  // As the other stores' Update. kNameTaken.
  [[nodiscard]] Result<domain::StorageConfig> Update(
      const domain::StorageConfigId& id,
      const std::function<Status(domain::StorageConfig&)>& change);
  // kConflict while a backup that is not deleted lives there.
  [[nodiscard]] Status Delete(const domain::StorageConfigId& id);
  [[nodiscard]] Result<StorageUsage> Usage(const domain::StorageConfigId& id) const;

 private:
  Database& database_;
};

}  // namespace reprise::catalog
