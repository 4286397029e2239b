#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "catalog/database.hpp"
#include "domain/ids.hpp"

namespace reprise::catalog {

// A key of an organization's archives, as the catalog has it.
struct SealedArchiveKey {
  std::string id;
  domain::OrganizationId organization_id;
  std::string sealed_secret;
  Instant created_at;
};

// Keys are added and never change; they go with their organization. Thread-safe.
class ArchiveKeyStore {
 public:
  explicit ArchiveKeyStore(Database& database) : database_(database) {}
  [[nodiscard]] Status Insert(const SealedArchiveKey& key);
  // kNotFound also for one of another organization.
  [[nodiscard]] Result<SealedArchiveKey> Get(const domain::OrganizationId& organization,
                                             const std::string& id) const;
  // The oldest first.
  [[nodiscard]] Result<std::vector<SealedArchiveKey>> Of(
      const domain::OrganizationId& organization) const;

 private:
  Database& database_;
};

}  // namespace reprise::catalog
