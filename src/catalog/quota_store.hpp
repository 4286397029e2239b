#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "catalog/database.hpp"
#include "domain/backup.hpp"
#include "domain/ids.hpp"
#include "domain/quota.hpp"

namespace reprise::catalog {

// What one organization may store, and stores, as it was when this was read: for refusing early.
// The word that counts is CheckStoredBytes in the transaction that records the bytes.
struct StoredBytesRoom {
  std::string organization;
  domain::Quota quota;
  ByteCount used = 0;

  [[nodiscard]] Status Check(ByteCount more) const {
    return domain::CheckStoredBytes(organization, quota, used, more);
  }
};

// What organizations may have at once, and what they have. Thread-safe.
class QuotaStore {
 public:
  QuotaStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // No limits where none were set.
  [[nodiscard]] Result<domain::Quota> Get(const domain::OrganizationId& id) const;
  [[nodiscard]] Status Put(const domain::OrganizationId& id, const domain::Quota& quota);
  [[nodiscard]] Result<domain::QuotaUse> UseOf(const domain::OrganizationId& id) const;

 private:
  Database& database_;
  const Clock& clock_;
};

// Of the organization of `project`, in a transaction (of Database::Write) that adds what is asked
// for. kQuotaExceeded when it has as much as it may have. Nothing is counted where nothing is
// limited.
//
// For `backup` to store `bytes`: those that its own row tells are not counted twice.
[[nodiscard]] Status CheckStoredBytes(Transaction& transaction, const domain::Backup& backup,
                                      ByteCount bytes);
[[nodiscard]] Status CheckOneEnvironmentMore(Transaction& transaction,
                                             const domain::ProjectId& project);
[[nodiscard]] Status CheckOneTaskMore(Transaction& transaction, const domain::ProjectId& project);
// The room that `backup` has, itself left out.
[[nodiscard]] Result<StoredBytesRoom> RoomFor(Transaction& transaction,
                                              const domain::Backup& backup);

}  // namespace reprise::catalog
