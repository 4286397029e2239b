#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backup/sealer.hpp"
#include "base/clock.hpp"
#include "catalog/archive_key_store.hpp"
#include "storage/archive_key.hpp"

namespace reprise::backup {

// What organizations seal their archives with (docs/encryption.md): the newest key of each seals,
// all of them open. Thread-safe.
class ArchiveKeys {
 public:
  struct Parts {
    catalog::ArchiveKeyStore& rows;
    const Clock& clock;
    Sealer sealer;
  };
  explicit ArchiveKeys(Parts parts) : parts_(std::move(parts)) {}

  // The oldest first; the last one seals.
  [[nodiscard]] Result<std::vector<catalog::SealedArchiveKey>> List(
      const domain::OrganizationId& organization) const {
    return parts_.rows.Of(organization);
  }
  // Makes a key that seals from now on.
  [[nodiscard]] Result<catalog::SealedArchiveKey> Rotate(
      const domain::OrganizationId& organization);
  // Makes the first one, where there is none.
  [[nodiscard]] Status EnsureOne(const domain::OrganizationId& organization);
  // All keys of the organization, as text to be put away. Secret. kConflict when there are none.
  [[nodiscard]] Result<std::string> RecoverySheet(const domain::OrganizationId& organization,
                                                  const std::string& name) const;
  // Its keys as the catalog has them at each call. This must outlive what is returned.
  [[nodiscard]] std::shared_ptr<storage::KeyRing> RingOf(
      const domain::OrganizationId& organization) const;

 private:
  class Ring;
  [[nodiscard]] Result<storage::ArchiveKey> Open(const catalog::SealedArchiveKey& row) const;

  Parts parts_;
};

}  // namespace reprise::backup
