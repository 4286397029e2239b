#include "catalog/proof_store.hpp"

#include "catalog/table.hpp"

namespace reprise::catalog {

Status ProofStore::Put(const domain::BackupId& id, const std::string& document) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM backup_proof WHERE backup_id = $1", {id.value}));
    RETURN_IF_ERROR(tx.Execute("INSERT INTO backup_proof (backup_id, document) VALUES ($1, $2)",
                               {id.value, document}));
    return {};
  });
}

Result<std::string> ProofStore::Get(const domain::BackupId& id) const {
  return ReadValue<std::string>(database_, [&](Transaction& tx) -> Result<std::string> {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        tx.Query("SELECT document FROM backup_proof WHERE backup_id = $1", {id.value}));
    return rows.empty() ? std::string() : rows.front().Text(0);
  });
}

Status ProofStore::AddKey(const ProofKey& key) {
  return database_.Write([&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> known,
                     tx.Query("SELECT 1 FROM proof_key WHERE public_key = $1", {key.public_key}));
    if (!known.empty()) return {};
    RETURN_IF_ERROR(
        tx.Execute("INSERT INTO proof_key (public_key, node, created_at) VALUES ($1, $2, $3)",
                   {key.public_key, key.node, ToMicros(key.created_at)}));
    return {};
  });
}

Result<std::vector<ProofKey>> ProofStore::Keys() const {
  return ReadValue<std::vector<ProofKey>>(
      database_, [&](Transaction& tx) -> Result<std::vector<ProofKey>> {
        ASSIGN_OR_RETURN(const std::vector<Row> rows,
                         tx.Query("SELECT public_key, node, created_at FROM proof_key ORDER BY "
                                  "created_at, public_key",
                                  {}));
        std::vector<ProofKey> keys;
        keys.reserve(rows.size());
        for (const Row& row : rows) {
          keys.push_back({row.Text(0), row.Text(1), FromMicros(row.Int(2))});
        }
        return keys;
      });
}

}  // namespace reprise::catalog
