#include "api/account_support.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/render.hpp"

namespace reprise::api {

namespace json = boost::json;
using domain::Permission;
using domain::PermissionLevel;
using domain::PermissionSet;

namespace {

constexpr std::size_t kLongestName = 100;

Error NoRole(const std::string& text, std::string_view built_in) {
  Error error{ErrorCode::kInvalidArgument, fmt::format("there is no role \"{}\"", text),
              fmt::format("one of {}, or the id of a role of the organization", built_in)};
  error.field = "/role";
  return error;
}

}  // namespace

json::array NamesOf(PermissionSet permissions) {
  json::array names;
  for (const Permission permission : permissions.ToList()) names.emplace_back(NameOf(permission));
  return names;
}

json::object RenderUser(const catalog::User& user) {
  return {{"id", user.id.value},
          {"email", user.email},
          {"name", user.name},
          {"is_admin", user.is_admin},
          {"is_disabled", user.is_disabled},
          {"must_change_password", user.must_change_password},
          {"has_second_factor", user.totp_confirmed},
          {"last_sign_in_at", TimeOrNull(user.last_sign_in_at)},
          {"created_at", FormatInstant(user.created_at)}};
}

json::object RenderOrganization(const catalog::Organization& organization) {
  return {{"id", organization.id.value},
          {"name", organization.name},
          {"created_at", FormatInstant(organization.created_at)}};
}

std::string RoleText(const catalog::GivenRole& role) {
  return role.custom.empty() ? role.built_in : role.custom.value;
}

Result<domain::UserId> OwnAccount(const Request& request) {
  if (request.caller.user_id.empty()) {
    return Fail(ErrorCode::kPermissionDenied,
                "this is about a person's account, and the installation's key is nobody's",
                "sign in as a user");
  }
  if (!request.caller.IsUnlimited()) {
    return Fail(ErrorCode::kPermissionDenied, "a limited token cannot reach its user's account",
                "sign in, or use a token without scopes");
  }
  return request.caller.user_id;
}

Result<WantedRole> FindRole(const Services& services, const domain::OrganizationId& organization,
                            RoleFor what, const std::string& text) {
  const bool of_project = what == RoleFor::kProject;
  if (of_project) {
    if (const auto role = domain::ParseProjectRole(text)) {
      return WantedRole{{text, {}}, PermissionsOf(*role)};
    }
  } else if (const auto role = domain::ParseOrganizationRole(text)) {
    return WantedRole{{text, {}}, PermissionsOf(*role)};
  }
  const Error none =
      NoRole(text, of_project ? "admin, developer, viewer" : "owner, admin, developer, viewer");
  if (!IsUuid(text)) return Fail(none);
  const Result<catalog::CustomRole> custom = services.organizations.GetRole({text});
  if (!custom || custom->organization_id != organization) return Fail(none);
  return WantedRole{{"", custom->id}, custom->permissions};
}

Status CheckMayGive(const access::Caller& caller, const domain::OrganizationId& organization,
                    const domain::ProjectId& project, PermissionSet permissions) {
  const bool manages_projects =
      caller.May(Permission::kProjectMembersManage, organization, project);
  for (const Permission permission : permissions.ToList()) {
    const bool of_project = LevelOf(permission) == PermissionLevel::kProject;
    if (of_project && manages_projects) continue;
    if (caller.May(permission, organization, of_project ? project : domain::ProjectId{})) continue;
    return Fail(
        ErrorCode::kPermissionDenied,
        fmt::format("you cannot give the permission {}, which you do not have", NameOf(permission)),
        "ask somebody who has it, such as an owner of the organization");
  }
  return {};
}

std::optional<PermissionSet> PermissionsField(JsonFields& fields, std::string_view name) {
  const json::value* value = fields.Raw(name);
  if (value == nullptr) return std::nullopt;
  const json::array* items = value->if_array();
  if (items == nullptr) {
    fields.AddFault(name, "must be a list of permissions");
    return std::nullopt;
  }
  PermissionSet set;
  for (const json::value& item : *items) {
    const json::string* text = item.if_string();
    const auto permission =
        text == nullptr ? std::nullopt : domain::ParsePermission(std::string_view(*text));
    if (permission) {
      set.Add(*permission);
    } else {
      fields.AddFault(name, "holds something that is no permission");
      return std::nullopt;
    }
  }
  return set;
}

std::string NameField(JsonFields& fields, std::string_view name) {
  std::string text = fields.RequiredText(name);
  const bool strange = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7F;
  });
  if (text.size() > kLongestName || strange) {
    fields.AddFault(name, fmt::format("must have at most {} printable bytes", kLongestName));
  }
  return text;
}

}  // namespace reprise::api
