#include "access/caller.hpp"

#include <algorithm>

namespace reprise::access {

using domain::Permission;
using domain::PermissionLevel;

namespace {

const domain::Standing* StandingIn(const Caller& caller,
                                   const domain::OrganizationId& organization) {
  const auto found =
      std::find_if(caller.standings.begin(), caller.standings.end(),
                   [&](const auto& one) { return one.organization_id == organization; });
  return found == caller.standings.end() ? nullptr : &found->standing;
}

}  // namespace

bool Caller::MayPerson(Permission permission, const domain::OrganizationId& organization,
                       const domain::ProjectId& project) const {
  if (!only_project.empty() && project != only_project) return false;
  if (LevelOf(permission) == PermissionLevel::kSystem) return false;
  if (is_installation) return true;
  const domain::Standing* standing = StandingIn(*this, organization);
  return standing != nullptr && Allows(*standing, permission, project);
}

bool Caller::May(Permission permission, const domain::OrganizationId& organization,
                 const domain::ProjectId& project) const {
  if (scopes && !scopes->Has(permission)) return false;
  return MayPerson(permission, organization, project);
}

bool Caller::MayInSystem(Permission permission) const {
  if (scopes && !scopes->Has(permission)) return false;
  return is_installation && only_project.empty();
}

bool Caller::IsMemberOf(const domain::OrganizationId& organization) const {
  return is_installation || StandingIn(*this, organization) != nullptr;
}

std::vector<domain::OrganizationId> Caller::Organizations() const {
  std::vector<domain::OrganizationId> all;
  all.reserve(standings.size());
  for (const auto& one : standings) all.push_back(one.organization_id);
  return all;
}

}  // namespace reprise::access
