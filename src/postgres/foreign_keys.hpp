#pragma once

#include <string>
#include <vector>

#include "base/stream.hpp"
#include "postgres/share_out.hpp"

namespace reprise::postgres {

// What pg_restore writes for foreign keys and the comments on constraints, as two scripts for psql.
struct ForeignKeySql {
  // The keys, each NOT VALID: added without a look at the rows.
  std::string keys;
  std::size_t number = 0;
  // For afterwards, empty when there is none: comments, and keys that PostgreSQL takes only as they
  // are (those that are NOT VALID in the dump, those of partitioned tables).
  std::string rest;
};

// A key to a partitioned table has a row in the catalog for each partition, of which none is
// validated with it (before PostgreSQL 18): where there are any, all keys are the rest.
enum class KeysOf { kPlainTables, kPartitionedTables };

// Settings go into both scripts. Hostile SQL: what psql must not get is refused or left out as
// SqlFilter does it (kArchiveHostile, kArchiveCorrupt).
[[nodiscard]] Result<ForeignKeySql> SplitForeignKeys(const Context& ctx, ByteReader& sql,
                                                     KeysOf tables);

// The query for SqlOfValidation: table, foreign keys that are not validated, bytes of the table.
[[nodiscard]] std::string UnvalidatedKeysQuery();
// Its rows, a statement for each table: two sessions would wait for each other on the same. After
// each, psql echoes how many keys that were. kDatabaseFailed when unreadable.
[[nodiscard]] Result<std::vector<WeighedSql>> SqlOfValidation(
    const std::vector<std::vector<std::string>>& rows);

}  // namespace reprise::postgres
