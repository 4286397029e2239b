#pragma once

#include "api/router.hpp"
#include "rescue/attachments.hpp"
#include "rescue/mount_service.hpp"
#include "rescue/rescue_desk.hpp"

namespace reprise::api {

struct MountRouteParts {
  const catalog::MountStore& mounts;
  rescue::MountService& service;
  rescue::RescueDesk& desk;
  rescue::Attachments& attachments;
};

// Backups that are looked into beside a live environment. To mount takes what a restore takes, to
// read what a download takes. `parts` is copied; what it refers to must outlive the router.
void AddMountRoutes(Router& router, const MountRouteParts& parts);

}  // namespace reprise::api
