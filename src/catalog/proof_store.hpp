#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "catalog/database.hpp"
#include "domain/ids.hpp"

namespace reprise::catalog {

// A public key with which a node of this installation signs proofs.
struct ProofKey {
  std::string public_key;  // hex
  std::string node;        // who has the other half
  Instant created_at;
};

// What was proven of backups, and the keys that proofs are signed with. Keys are never removed: a
// proof outlives the node that made it.
class ProofStore {
 public:
  explicit ProofStore(Database& database) : database_(database) {}
  // The newest proof of a backup takes the place of the former one.
  [[nodiscard]] Status Put(const domain::BackupId& id, const std::string& document);
  // "" when there is none.
  [[nodiscard]] Result<std::string> Get(const domain::BackupId& id) const;
  // Known already: nothing is changed.
  [[nodiscard]] Status AddKey(const ProofKey& key);
  [[nodiscard]] Result<std::vector<ProofKey>> Keys() const;  // oldest first

 private:
  Database& database_;
};

}  // namespace reprise::catalog
