#pragma once

#include "api/router.hpp"
#include "backup/uploads.hpp"
#include "catalog/upload_store.hpp"

namespace reprise::api {

struct UploadRouteParts {
  backup::Uploads& uploads;
  const catalog::UploadStore& rows;
};

// Archives that come in pieces. `parts` is copied; what it refers to must outlive the router.
void AddUploadRoutes(Router& router, const UploadRouteParts& parts);

}  // namespace reprise::api
