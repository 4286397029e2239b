#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hpp"
#include "postgres/cluster.hpp"

namespace reprise::rescue {

struct TableColumn {
  std::string name;
  bool is_whole_number = false;
};

struct RowCount {
  std::uint64_t rows = 0;
  bool is_exact = true;  // false: what PostgreSQL's statistics say
};

struct FoundRows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  // nullopt: NULL
};

// Reads the ordinary tables of the schema public of a database that strangers filled, and nothing
// else of it: no views, and no function of it by name, as only pg_catalog is searched. What it may
// call all the same (a function in an index, a policy, an output function) runs as `as_owner`'s
// role, which must own that database's objects and nothing else, in a transaction that only reads.
// A table that is behind a policy which its owner cannot pass is a failure.
class FencedTables {
 public:
  FencedTables(postgres::Cluster as_owner, std::string database)
      : cluster_(std::move(as_owner)), database_(std::move(database)) {}

  // Rows of every table: counted, or told by statistics for tables of more than 32 MiB and those
  // that a policy hides.
  [[nodiscard]] Result<std::map<std::string, RowCount>> Count(const Context& ctx) const;
  // kNotFound when there is no such table.
  [[nodiscard]] Result<std::vector<TableColumn>> Columns(const Context& ctx,
                                                         const std::string& table) const;
  // By id where there is one. Values are cut after 1,000 characters.
  [[nodiscard]] Result<FoundRows> Rows(const Context& ctx, const std::string& table,
                                       std::int64_t limit, std::int64_t offset) const;
  // The whole table, as PostgreSQL writes CSV with names.
  [[nodiscard]] Status WriteCsv(const Context& ctx, const std::string& table, ByteWriter& to) const;
  // What psql prints for one SELECT goes to `to` as it comes. Its author sees to what it reads.
  [[nodiscard]] Status Write(const Context& ctx, const std::string& select, ByteWriter& to) const;
  // The rows of one SELECT, as objects. Its author sees to what it reads.
  [[nodiscard]] Result<std::vector<boost::json::object>> Select(const Context& ctx,
                                                                const std::string& select) const;

 private:
  [[nodiscard]] Result<std::vector<postgres::QueryRow>> Query(const Context& ctx,
                                                              const std::string& sql) const;

  postgres::Cluster cluster_;
  std::string database_;
};

// A text of such a row; empty when it has none of this name.
[[nodiscard]] std::string TextIn(const boost::json::object& row, std::string_view name);

// An expression for `column` as text, or NULL: by its type's output function, never by a cast.
[[nodiscard]] std::string AsText(std::string_view column);

}  // namespace reprise::rescue
