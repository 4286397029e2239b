#pragma once

#include "api/router.hpp"
#include "api/services.hpp"

namespace reprise::api {

// Adds every route of the API (docs/api.md). `services` is copied; what it refers to must outlive
// the router.
void AddAllRoutes(Router& router, const Services& services);

void AddContractRoutes(Router& router);  // /openapi.json and /docs
void AddSystemRoutes(Router& router, const Services& services);
void AddAuthRoutes(Router& router, const Services& services);
void AddTokenRoutes(Router& router, const Services& services);
void AddUserRoutes(Router& router, const Services& services);
void AddOrganizationRoutes(Router& router, const Services& services);
void AddTeamRoutes(Router& router, const Services& services);
void AddRoleRoutes(Router& router, const Services& services);
void AddProjectRoutes(Router& router, const Services& services);
void AddEnvironmentRoutes(Router& router, const Services& services);
void AddBackupRoutes(Router& router, const Services& services);
void AddStorageRoutes(Router& router, const Services& services);
void AddRestoreRoutes(Router& router, const Services& services);
void AddSafeCopyRoutes(Router& router, const Services& services);
void AddProofRoutes(Router& router, const Services& services);
void AddScheduleRoutes(Router& router, const Services& services);
void AddRetentionRoutes(Router& router, const Services& services);  // and protection
void AddDrillRoutes(Router& router, const Services& services);
void AddServerRoutes(Router& router, const Services& services);
void AddTargetRoutes(Router& router, const Services& services);
void AddTaskRoutes(Router& router, const Services& services);
void AddAuditRoutes(Router& router, const Services& services);

}  // namespace reprise::api
