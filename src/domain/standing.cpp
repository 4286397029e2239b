#include "domain/standing.hpp"

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kEffectNames = MakeNameTable<OverrideEffect>({
    {OverrideEffect::kAllow, "allow"},
    {OverrideEffect::kDeny, "deny"},
});

}  // namespace

std::string_view NameOf(OverrideEffect value) { return kEffectNames.Name(value); }
std::optional<OverrideEffect> ParseOverrideEffect(std::string_view text) {
  return kEffectNames.Parse(text);
}

PermissionSet AllowedIn(const Standing& standing, const ProjectId& project) {
  const PermissionSet of_project = PermissionSet::OfLevel(PermissionLevel::kProject);
  PermissionSet allowed = standing.organization_role;
  if (const auto team = standing.team_roles.find(project);
      !project.empty() && team != standing.team_roles.end()) {
    // A role granted on a project says nothing about its organization.
    allowed = allowed | (team->second & of_project);
  }
  PermissionSet denied;
  for (const PermissionOverride& one : standing.overrides) {
    if (!one.project_id.empty() && one.project_id != project) continue;
    if (!one.project_id.empty() && LevelOf(one.permission) != PermissionLevel::kProject) continue;
    (one.effect == OverrideEffect::kAllow ? allowed : denied).Add(one.permission);
  }
  return allowed - denied - PermissionSet::OfLevel(PermissionLevel::kSystem);
}

bool Allows(const Standing& standing, Permission permission, const ProjectId& project) {
  return AllowedIn(standing, project).Has(permission);
}

}  // namespace reprise::domain
