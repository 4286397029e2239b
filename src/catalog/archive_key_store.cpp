#include "catalog/archive_key_store.hpp"

#include <array>

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 4> kColumns = {"id", "organization_id", "sealed_secret",
                                                      "created_at"};
constexpr Table kTable = {"archive_key", "archive key", kColumns};

Result<SealedArchiveKey> FromRow(const Row& row) {
  RowReader reader(row);
  SealedArchiveKey key;
  key.id = reader.Text();
  key.organization_id.value = reader.Text();
  key.sealed_secret = reader.Text();
  key.created_at = reader.Time();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return key;
}

}  // namespace

Status ArchiveKeyStore::Insert(const SealedArchiveKey& key) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute(kTable.InsertSql(), {key.id, key.organization_id.value,
                                                    key.sealed_secret, TimeValue(key.created_at)}));
    return {};
  });
}

Result<SealedArchiveKey> ArchiveKeyStore::Get(const domain::OrganizationId& organization,
                                              const std::string& id) const {
  return ReadValue<SealedArchiveKey>(database_, [&](Transaction& tx) -> Result<SealedArchiveKey> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id));
    ASSIGN_OR_RETURN(SealedArchiveKey key, FromRow(row));
    if (key.organization_id == organization) return key;
    return Fail(ErrorCode::kNotFound, "the organization has no such archive key");
  });
}

Result<std::vector<SealedArchiveKey>> ArchiveKeyStore::Of(
    const domain::OrganizationId& organization) const {
  using Keys = std::vector<SealedArchiveKey>;
  return ReadValue<Keys>(database_, [&](Transaction& tx) -> Result<Keys> {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        tx.Query(kTable.SelectSql() + " WHERE organization_id = $1 ORDER BY created_at, id",
                 {organization.value}));
    Keys keys;
    for (const Row& row : rows) {
      ASSIGN_OR_RETURN(keys.emplace_back(), FromRow(row));
    }
    return keys;
  });
}

}  // namespace reprise::catalog
