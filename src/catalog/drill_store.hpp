#pragma once

#include <optional>
#include <vector>

#include "catalog/stores.hpp"
#include "domain/drill.hpp"

namespace reprise::catalog {

struct DrillFilter {
  std::optional<domain::ProjectId> project_id;
  std::optional<std::vector<domain::ProjectId>> among;  // of these projects only
  std::optional<domain::EnvironmentId> environment_id;
  std::optional<domain::BackupId> backup_id;
};

// As the other stores (stores.hpp).
class DrillStore {
 public:
  explicit DrillStore(Database& database) : database_(database) {}
  [[nodiscard]] Result<domain::Drill> Get(const domain::DrillId& id) const;
  [[nodiscard]] Result<Page<domain::Drill>> List(const DrillFilter& filter, PageRequest page) const;
  // Those whose throwaway environment is not marked deleted.
  [[nodiscard]] Result<std::vector<domain::Drill>> WithLivingThrowaways() const;
  [[nodiscard]] Result<domain::Drill> Update(const domain::DrillId& id,
                                             const std::function<Status(domain::Drill&)>& change);

  [[nodiscard]] static Status InsertIn(Transaction& transaction, const Clock& clock,
                                       const domain::Drill& drill);
  [[nodiscard]] static Result<domain::Drill> UpdateIn(
      Transaction& transaction, const domain::DrillId& id,
      const std::function<Status(domain::Drill&)>& change);

 private:
  Database& database_;
};

}  // namespace reprise::catalog
