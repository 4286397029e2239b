#pragma once

#include <string_view>

#include "domain/backup.hpp"
#include "domain/environment.hpp"
#include "domain/restore_point.hpp"

namespace reprise::restore {

// The durable fact of what acted by itself before the copy was made safe: odoo::WhatActs, an
// object.
inline constexpr std::string_view kActedBefore = "acted_before";

// What a restored copy must go through before any Odoo serves it.
struct SafeCopyPolicy {
  bool neutralize = false;
  bool reset_identity = false;
};

// neutralize auto: yes when the target is not production and what was backed up was. identity auto:
// kept for original and cross_server (an Enterprise subscription hangs on it), reset for copies.
[[nodiscard]] inline SafeCopyPolicy DecideSafeCopy(const domain::RestoreRequest& request,
                                                   const domain::Backup& backup,
                                                   const domain::Environment& target) {
  SafeCopyPolicy policy;
  policy.neutralize = request.neutralize == domain::Switch::kOn ||
                      (request.neutralize == domain::Switch::kAuto &&
                       request.mode != domain::RestoreMode::kOriginal &&
                       target.type != domain::EnvironmentType::kProduction &&
                       backup.snapshot.type == domain::EnvironmentType::kProduction);
  policy.reset_identity = request.identity == domain::IdentityPolicy::kReset ||
                          (request.identity == domain::IdentityPolicy::kAuto &&
                           (request.mode == domain::RestoreMode::kExisting ||
                            request.mode == domain::RestoreMode::kNew));
  return policy;
}

}  // namespace reprise::restore
