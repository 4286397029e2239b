#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::domain {

// Everything that a caller may be allowed to do. A closed list: what has no name here cannot be
// granted. `project.*` counts in one project, `org.*` in one organization, `system.*` in the whole
// installation (its administrators only; no role holds it).
enum class Permission : std::uint8_t {
  kProjectView,
  kProjectManage,
  kProjectMembersManage,
  kProjectEnvironmentsView,
  kProjectEnvironmentsCreate,
  kProjectEnvironmentsDelete,
  kProjectBackupsView,
  kProjectBackupsCreate,
  kProjectBackupsDelete,
  kProjectBackupsDownload,
  kProjectBackupsRestore,
  kProjectTasksView,
  kProjectTasksCancel,
  kProjectSchedulesView,
  kProjectSchedulesManage,
  kProjectDrillsView,
  kProjectDrillsManage,
  kOrgView,
  kOrgProjectsCreate,
  kOrgProjectsDelete,
  kOrgBackupsRestore,
  kOrgMembersView,
  kOrgMembersManage,
  kOrgRolesManage,
  kOrgStorageList,
  kOrgStorageManage,
  kOrgServersList,
  kOrgServersManage,
  kOrgAuditView,
  kOrgTokensManage,
  kOrgWebhooksManage,
  kOrgSettingsManage,
  kOrgOwnersManage,
  kOrgKeysExport,
  kSystemOrganizationsManage,
  kSystemUsersManage,
  kSystemServersManage,
  kSystemAuditView,
};
inline constexpr std::size_t kPermissionCount =
    static_cast<std::size_t>(Permission::kSystemAuditView) + 1;

enum class PermissionLevel { kProject, kOrganization, kSystem };

[[nodiscard]] std::string_view NameOf(Permission permission);  // "project.backups.restore"
[[nodiscard]] std::optional<Permission> ParsePermission(std::string_view text);
[[nodiscard]] PermissionLevel LevelOf(Permission permission);
// In the order of the enum.
[[nodiscard]] std::array<Permission, kPermissionCount> AllPermissions();

// A set of permissions. A value.
class PermissionSet {
 public:
  constexpr PermissionSet() = default;
  [[nodiscard]] static PermissionSet OfLevel(PermissionLevel level);
  [[nodiscard]] static PermissionSet All();

  void Add(Permission permission) { bits_ |= Bit(permission); }
  void Remove(Permission permission) { bits_ &= ~Bit(permission); }
  [[nodiscard]] bool Has(Permission permission) const { return (bits_ & Bit(permission)) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  [[nodiscard]] bool Contains(PermissionSet other) const { return (other.bits_ & ~bits_) == 0; }
  [[nodiscard]] std::vector<Permission> ToList() const;
  PermissionSet operator|(PermissionSet other) const { return PermissionSet(bits_ | other.bits_); }
  PermissionSet operator&(PermissionSet other) const { return PermissionSet(bits_ & other.bits_); }
  PermissionSet operator-(PermissionSet other) const { return PermissionSet(bits_ & ~other.bits_); }
  bool operator==(const PermissionSet&) const = default;

 private:
  explicit constexpr PermissionSet(std::uint64_t bits) : bits_(bits) {}
  [[nodiscard]] static constexpr std::uint64_t Bit(Permission permission) {
    return std::uint64_t{1} << static_cast<unsigned>(permission);
  }
  static_assert(kPermissionCount <= 64);

  std::uint64_t bits_ = 0;
};

// "org.view project.view": how a set is kept and told. Names that this program does not know are
// left out when read: an unknown permission allows nothing.
[[nodiscard]] std::string ToText(PermissionSet permissions);
[[nodiscard]] PermissionSet PermissionsFromText(std::string_view text);

// Built-in roles. In an organization an owner may do everything, in all of its projects; an admin
// everything but deal with owners, and sees all projects. What a developer or a viewer may do in a
// project comes from the teams they are in.
enum class OrganizationRole { kOwner, kAdmin, kDeveloper, kViewer };
// In a project, granted to teams; the highest counts.
enum class ProjectRole { kAdmin, kDeveloper, kViewer };

[[nodiscard]] std::string_view NameOf(OrganizationRole role);
[[nodiscard]] std::string_view NameOf(ProjectRole role);
[[nodiscard]] std::optional<OrganizationRole> ParseOrganizationRole(std::string_view text);
[[nodiscard]] std::optional<ProjectRole> ParseProjectRole(std::string_view text);

// What a role allows; project permissions of an organization role count in all of its projects.
[[nodiscard]] PermissionSet PermissionsOf(OrganizationRole role);
[[nodiscard]] PermissionSet PermissionsOf(ProjectRole role);

}  // namespace reprise::domain
