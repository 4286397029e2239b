#pragma once

#include "api/router.hpp"
#include "catalog/access_stores.hpp"
#include "catalog/quota_store.hpp"

namespace reprise::api {

struct QuotaParts {
  catalog::QuotaStore& quotas;
  const catalog::OrganizationStore& organizations;
};

// What organizations may have at once: seen by their members, set by administrators of the
// installation. `parts` is copied; what it refers to must outlive the router.
void AddQuotaRoutes(Router& router, const QuotaParts& parts);

}  // namespace reprise::api
