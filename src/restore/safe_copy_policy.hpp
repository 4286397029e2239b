#pragma once

#include <string_view>

#include "domain/backup.hpp"
#include "domain/environment.hpp"
#include "domain/restore_point.hpp"

namespace reprise::restore {

// The durable fact of what acted by itself before the copy was made safe: odoo::WhatActs, an
// object.
inline constexpr std::string_view kActedBefore = "acted_before";
// That the target's own Odoo has neutralized the copy already, and what was changed in it besides.
inline constexpr std::string_view kNeutralizedByOdoo = "neutralized_by_odoo";
inline constexpr std::string_view kMadeSafe = "made_safe";

// What a restored copy must go through before any Odoo serves it.
struct SafeCopyPolicy {
  bool neutralize = false;
  bool reset_identity = false;
};

// Whether a project may say so. kInvalidArgument with the field.
[[nodiscard]] Status CheckSettings(const domain::SafeCopySettings& settings);

// Whether the copy goes through more than that: `request` as it was decided when it was ordered.
[[nodiscard]] inline bool WantsMakeSafe(const domain::RestoreRequest& request) {
  return request.safe_copy.HasMask() || !request.safe_copy.extra_sql.empty();
}

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

// What the copy goes through besides: what the caller says is to be masked, else what the project
// says where production becomes something else; the project's own SQL where it is neutralized.
// Never masked is what somebody goes on with: an original, and whatever becomes production.
[[nodiscard]] inline domain::SafeCopySettings DecideSettings(
    const domain::RestoreRequest& request, const domain::Backup& backup,
    const domain::Environment& target, const domain::SafeCopySettings& of_project) {
  const bool is_copy = request.mode != domain::RestoreMode::kOriginal &&
                       target.type != domain::EnvironmentType::kProduction;
  const bool neutralized = DecideSafeCopy(request, backup, target).neutralize;
  const bool of_production = backup.snapshot.type == domain::EnvironmentType::kProduction;
  domain::SafeCopySettings settings;
  settings.extra_sql_limit = of_project.extra_sql_limit;
  if (is_copy && (request.mask ? !request.mask->empty() : neutralized || of_production)) {
    settings.mask = request.mask.value_or(of_project.mask);
    settings.rules = of_project.rules;
  }
  if (neutralized) settings.extra_sql = of_project.extra_sql;
  return settings;
}

}  // namespace reprise::restore
