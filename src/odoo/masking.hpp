#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "domain/masking.hpp"
#include "postgres/cluster.hpp"

namespace reprise::odoo {

// What one rule has changed in one table.
struct MaskChange {
  std::string rule;  // "partners", …; "project" for one of the project's own
  std::string table;
  std::string columns;  // "name, email"; empty where rows were removed
  std::uint64_t rows = 0;
  bool operator==(const MaskChange&) const = default;
};

struct MaskReport {
  std::vector<MaskChange> changes;
  std::vector<std::string> not_there;  // "x_table.x_column" of the project's rules
};

// Frees a copy of personal data: one UPDATE per table and rule over the columns that are there, all
// in one transaction with a note of `mark` in the database, by which a second call knows that it is
// done. Fakes and hashes come of the value and of a random salt that nobody keeps: the same value
// is the same fake in all tables of the copy, and no other copy's. `cluster` must be logged in as a
// role without other rights. kDatabaseFailed: then nothing has changed.
[[nodiscard]] Result<MaskReport> Mask(const Context& ctx, const postgres::Cluster& cluster,
                                      const std::string& database,
                                      const domain::SafeCopySettings& settings,
                                      const std::string& mark);

// The files that attachments of a database name: "ab/ab12…".
[[nodiscard]] Result<std::set<std::string>> FilesNamed(const Context& ctx,
                                                       const postgres::Cluster& cluster,
                                                       const std::string& database);

}  // namespace reprise::odoo
