#pragma once

#include "api/router.hpp"
#include "backup/archive_keys.hpp"
#include "catalog/access_stores.hpp"

namespace reprise::api {

// What the routes of archive keys stand on. Borrowed; outlives the router.
struct ArchiveKeyParts {
  backup::ArchiveKeys& keys;
  catalog::OrganizationStore& organizations;
};

void AddArchiveKeyRoutes(Router& router, const ArchiveKeyParts& parts);

}  // namespace reprise::api
