#pragma once

#include <string>
#include <vector>

#include "base/stream.hpp"
#include "postgres/share_out.hpp"

namespace reprise::postgres {

// What pg_restore writes for foreign keys and the comments on constraints, as two scripts for psql.
struct ForeignKeySql {
  // The keys, each NOT VALID: added without a look at the rows. Comments too, where there is no
  // rest.
  std::string keys;
  std::size_t number = 0;
  // For afterwards, empty when there is none: keys that PostgreSQL takes only as they are (those
  // that are NOT VALID in the dump, those of partitioned tables), and all comments.
  std::string rest;
};

// A key to a partitioned table has a row in the catalog for each partition, of which none is
// validated with it (before PostgreSQL 18): where there are any, all keys are the rest.
enum class KeysOf { kPlainTables, kPartitionedTables };

// Settings go into both scripts. Hostile SQL: what psql must not get is refused or left out as
// SqlFilter does it (kArchiveHostile, kArchiveCorrupt).
[[nodiscard]] Result<ForeignKeySql> SplitForeignKeys(const Context& ctx, ByteReader& sql,
                                                     KeysOf tables);

// The foreign keys that are not validated: schema, table, key, bytes of the table, oid of the key.
[[nodiscard]] std::string UnvalidatedKeysQuery();
inline constexpr std::size_t kOidOfKey = 4;  // in its rows

// Adds the validation of its rows but those of `left_not_valid` (oids), a statement for each table.
// kDatabaseFailed when unreadable.
[[nodiscard]] Status AddValidation(const std::vector<std::vector<std::string>>& rows,
                                   const std::vector<std::string>& left_not_valid,
                                   SqlOfTables& work);

}  // namespace reprise::postgres
