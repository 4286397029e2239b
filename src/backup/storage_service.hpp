#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backup/archive_keys.hpp"
#include "catalog/storage_store.hpp"
#include "storage/endpoint_guard.hpp"
#include "storage/routed_store.hpp"
#include "storage/store_check.hpp"

namespace reprise::backup {

using Texts = std::map<std::string, std::string>;

// What is asked for of a storage configuration: absent ones of `settings` and `secrets` stay as
// they are, empty ones are taken away.
struct StorageChange {
  std::optional<std::string> name;
  std::optional<bool> is_default;
  std::optional<bool> encrypts_archives;  // new ones; those that are there stay as they are
  Texts settings;
  Texts secrets;
};

// Storage configurations as callers handle them, and the stores that they mean. Thread-safe.
class StorageService final : public storage::StoreDirectory {
 public:
  struct Parts {
    catalog::StorageStore& configs;
    const Clock& clock;
    Sealer sealer;
    ArchiveKeys& keys;
    storage::PrivateEndpoints private_endpoints;
  };
  explicit StorageService(Parts parts) : parts_(std::move(parts)) {}

  // kInvalidArgument names the field that is missing or wrong; kNameTaken.
  [[nodiscard]] Result<domain::StorageConfig> Create(domain::StorageConfig config,
                                                     const StorageChange& with);
  // Where archives lie (endpoint, bucket, prefix, folder) stays as it is while backups live there:
  // kConflict.
  [[nodiscard]] Result<domain::StorageConfig> Change(const domain::StorageConfigId& id,
                                                     const StorageChange& change);
  [[nodiscard]] Result<std::vector<storage::CheckStep>> Test(const Context& ctx,
                                                             const domain::StorageConfigId& id);

  // The store that the configuration `name` describes, as it is now in the catalog. Objects with a
  // key of sealed archives are sealed on the way in and opened on the way out.
  [[nodiscard]] Result<std::shared_ptr<storage::ObjectStore>> Find(const Context& ctx,
                                                                   std::string_view name) override;
  // Takes back what broken-off uploads have left in all storages of three days ago and before.
  // Trouble is logged.
  void RemoveAbandoned(const Context& ctx);

 private:
  [[nodiscard]] Result<Texts> SecretsOf(const domain::StorageConfig& config) const;
  [[nodiscard]] Result<std::shared_ptr<storage::ObjectStore>> Make(
      const domain::StorageConfig& config, int attempts = 6) const;
  [[nodiscard]] Status Apply(const StorageChange& change, domain::StorageConfig& config) const;

  struct Known {
    Instant updated_at;
    std::shared_ptr<storage::ObjectStore> store;
  };
  Parts parts_;
  std::mutex mutex_;
  std::map<std::string, Known, std::less<>> known_;  // keeps connections open between calls
};

}  // namespace reprise::backup
