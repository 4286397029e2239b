#pragma once

#include "base/clock.hpp"
#include "catalog/database.hpp"
#include "domain/ids.hpp"
#include "domain/masking.hpp"

namespace reprise::catalog {

// What copies of a project's production go through, by project. Thread-safe.
class SafeCopyStore {
 public:
  SafeCopyStore(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // Nothing to mask and nothing to run when the project says nothing.
  [[nodiscard]] Result<domain::SafeCopySettings> Get(const domain::ProjectId& id) const;
  [[nodiscard]] Status Put(const domain::ProjectId& id, const domain::SafeCopySettings& settings);
  // Ok when there were none.
  [[nodiscard]] Status Remove(const domain::ProjectId& id);

 private:
  Database& database_;
  const Clock& clock_;
};

}  // namespace reprise::catalog
