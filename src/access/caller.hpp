#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "catalog/access_stores.hpp"
#include "domain/standing.hpp"

namespace reprise::access {

// Who calls, with all that was given to them, as read for this one call.
struct Caller {
  std::string name;              // an e-mail address, or "admin"
  bool is_installation = false;  // the installation's own key or administrator: all is allowed
  bool must_change_password = false;
  domain::UserId user_id;        // empty: the installation's own key
  domain::SessionId session_id;  // of one who signed in
  domain::TokenId token_id;      // of an API token
  std::vector<catalog::AccessStore::OrganizationStanding> standings;
  // The limits of an API token. A scoped one reaches nothing but what its scopes name.
  std::optional<domain::PermissionSet> scopes;
  domain::ProjectId only_project;
  // When what the caller showed runs out, should nobody use it meanwhile.
  std::optional<Instant> valid_until;

  // In an organization, or in one of its projects (which the caller has looked up together). Deny
  // by default.
  [[nodiscard]] bool May(domain::Permission permission, const domain::OrganizationId& organization,
                         const domain::ProjectId& project = {}) const;
  // In the installation: `system.*`.
  [[nodiscard]] bool MayInSystem(domain::Permission permission) const;
  // The same without the scopes of a token: what its person would be allowed. Tells whether
  // something may be known of, never whether it may be done.
  [[nodiscard]] bool MayPerson(domain::Permission permission,
                               const domain::OrganizationId& organization,
                               const domain::ProjectId& project = {}) const;
  [[nodiscard]] bool IsMemberOf(const domain::OrganizationId& organization) const;
  [[nodiscard]] std::vector<domain::OrganizationId> Organizations() const;
  // Everything without a limit: no token of this caller's is scoped or tied.
  [[nodiscard]] bool IsUnlimited() const { return !scopes && only_project.empty(); }
};

}  // namespace reprise::access
