#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>

#include "api/http_message.hpp"
#include "api/route_support.hpp"
#include "api/services.hpp"
#include "catalog/access_stores.hpp"

// What the routes of people, organizations and tokens share.
namespace reprise::api {

[[nodiscard]] boost::json::array NamesOf(domain::PermissionSet permissions);
[[nodiscard]] boost::json::object RenderUser(const catalog::User& user);
[[nodiscard]] boost::json::object RenderOrganization(const catalog::Organization& organization);
// "owner", or a custom role's id.
[[nodiscard]] std::string RoleText(const catalog::GivenRole& role);

// The person who calls, for what is about one's own account: not the installation's key, and not a
// token that is limited. kPermissionDenied otherwise.
[[nodiscard]] Result<domain::UserId> OwnAccount(const Request& request);

// A role that is to be given in `organization`: its text, what it allows, and whether the caller
// may give that: nobody gives what they do not have. kInvalidArgument on `field` when there is no
// such role.
enum class RoleFor { kOrganization, kProject };
struct WantedRole {
  catalog::GivenRole role;
  domain::PermissionSet permissions;
};
[[nodiscard]] Result<WantedRole> FindRole(const Services& services,
                                          const domain::OrganizationId& organization, RoleFor what,
                                          const std::string& text);
[[nodiscard]] Status CheckMayGive(const access::Caller& caller,
                                  const domain::OrganizationId& organization,
                                  const domain::ProjectId& project,
                                  domain::PermissionSet permissions);
// Names in a body's array of texts; faults go into `fields`.
[[nodiscard]] std::optional<domain::PermissionSet> PermissionsField(JsonFields& fields,
                                                                    std::string_view name);
// A name that people give: not empty, no longer than 100 bytes, without control characters.
[[nodiscard]] std::string NameField(JsonFields& fields, std::string_view name);

}  // namespace reprise::api
