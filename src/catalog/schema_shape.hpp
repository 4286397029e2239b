#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace reprise::catalog {

enum class ColumnType { kWhole, kReal, kText };

struct ColumnShape {
  std::string name;
  ColumnType type = ColumnType::kText;
  bool operator==(const ColumnShape&) const = default;
};

struct TableShape {
  std::string name;
  std::vector<ColumnShape> columns;  // as they were made
  std::vector<std::size_t> key;      // its columns, by number
  bool counts_itself = false;        // the key is given by the database
};

// The tables that a catalog of that schema version has, on either database, each after those that
// it refers to. Without the table that says the version.
[[nodiscard]] Result<std::vector<TableShape>> ShapeOfSchema(std::int64_t version);

}  // namespace reprise::catalog
