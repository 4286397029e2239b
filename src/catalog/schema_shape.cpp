#include "catalog/schema_shape.hpp"

#include <algorithm>

#include "catalog/migrations.hpp"

namespace reprise::catalog {
namespace {

ColumnType TypeOf(std::string_view word) {
  if (word == "INTEGER") return ColumnType::kWhole;
  return word == "REAL" ? ColumnType::kReal : ColumnType::kText;
}

Result<TableShape> ReadTable(SqliteConnection& connection, const std::string& name) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      connection.Query("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid", {name}));
  TableShape table{.name = name};
  std::vector<std::pair<std::int64_t, std::size_t>> key;  // its place in the key, and the column
  for (const Row& row : rows) {
    if (row.Int(2) > 0) key.emplace_back(row.Int(2), table.columns.size());
    table.columns.push_back({row.Text(0), TypeOf(row.Text(1))});
  }
  std::sort(key.begin(), key.end());
  for (const auto& [place, column] : key) table.key.push_back(column);
  return table;
}

}  // namespace

// Found out by making such a catalog, in memory: the migrations are the one truth.
Result<std::vector<TableShape>> ShapeOfSchema(std::int64_t version) {
  const auto known = static_cast<std::int64_t>(Migrations().size());
  if (version < 1 || version > known) {
    return Fail(ErrorCode::kIncompatible, "there is no such schema version");
  }
  ASSIGN_OR_RETURN(const auto connection,
                   SqliteConnection::Open(":memory:", SqliteConnection::Access::kReadWrite));
  RETURN_IF_ERROR(Migrate(*connection, Migrations().first(static_cast<std::size_t>(version))));
  ASSIGN_OR_RETURN(const std::vector<Row> names,
                   connection->Query("SELECT name, sql LIKE '%AUTOINCREMENT%' FROM sqlite_schema"
                                     " WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
                                     " AND name <> 'schema_version' ORDER BY rowid",
                                     {}));
  std::vector<TableShape> tables;
  for (const Row& row : names) {
    ASSIGN_OR_RETURN(TableShape table, ReadTable(*connection, row.Text(0)));
    table.counts_itself = row.Int(1) != 0;
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace reprise::catalog
