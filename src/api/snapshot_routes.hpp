#pragma once

#include "api/router.hpp"
#include "snapshot/snapshot_service.hpp"

namespace reprise::api {

struct SnapshotRouteParts {
  const catalog::SnapshotStore& snapshots;
  snapshot::SnapshotService& service;
};

// Copies of environments beside the live ones. To take one takes what a backup takes, to roll back
// to one what a restore takes, to remove one what a backup's removal takes. `parts` is copied; what
// it refers to must outlive the router.
void AddSnapshotRoutes(Router& router, const SnapshotRouteParts& parts);

}  // namespace reprise::api
