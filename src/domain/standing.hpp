#pragma once

#include <map>
#include <optional>
#include <vector>

#include "domain/ids.hpp"
#include "domain/permission.hpp"

namespace reprise::domain {

enum class OverrideEffect { kAllow, kDeny };
[[nodiscard]] std::string_view NameOf(OverrideEffect effect);
[[nodiscard]] std::optional<OverrideEffect> ParseOverrideEffect(std::string_view text);

// An exception for one person: in one project, or (no project) in the whole organization.
struct PermissionOverride {
  Permission permission = Permission::kProjectView;
  OverrideEffect effect = OverrideEffect::kDeny;
  ProjectId project_id;  // empty: everywhere in the organization
};

// All that one person was given in one organization.
struct Standing {
  PermissionSet organization_role;                // of the membership's role, built in or custom
  std::map<ProjectId, PermissionSet> team_roles;  // of all of the person's teams, joined
  std::vector<PermissionOverride> overrides;
};

// Whether that allows `permission` in `project` (of that organization; empty: in the organization
// itself). Deny by default; of overrides a denial wins over everything, also over an owner's role.
// A project permission asked for without a project is what holds in all projects. `system.*` is
// never allowed by a standing.
[[nodiscard]] bool Allows(const Standing& standing, Permission permission,
                          const ProjectId& project);

// All that is allowed there.
[[nodiscard]] PermissionSet AllowedIn(const Standing& standing, const ProjectId& project);

}  // namespace reprise::domain
