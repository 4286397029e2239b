#include "domain/permission.hpp"

#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

using enum Permission;

constexpr auto kPermissionNames = MakeNameTable<Permission>({
    {kProjectView, "project.view"},
    {kProjectManage, "project.manage"},
    {kProjectMembersManage, "project.members.manage"},
    {kProjectEnvironmentsView, "project.environments.view"},
    {kProjectEnvironmentsCreate, "project.environments.create"},
    {kProjectEnvironmentsDelete, "project.environments.delete"},
    {kProjectBackupsView, "project.backups.view"},
    {kProjectBackupsCreate, "project.backups.create"},
    {kProjectBackupsDelete, "project.backups.delete"},
    {kProjectBackupsDownload, "project.backups.download"},
    {kProjectBackupsRestore, "project.backups.restore"},
    {kProjectTasksView, "project.tasks.view"},
    {kProjectTasksCancel, "project.tasks.cancel"},
    {kProjectSchedulesView, "project.schedules.view"},
    {kProjectSchedulesManage, "project.schedules.manage"},
    {kProjectDrillsView, "project.drills.view"},
    {kProjectDrillsManage, "project.drills.manage"},
    {kOrgView, "org.view"},
    {kOrgProjectsCreate, "org.projects.create"},
    {kOrgProjectsDelete, "org.projects.delete"},
    {kOrgBackupsRestore, "org.backups.restore"},
    {kOrgMembersView, "org.members.view"},
    {kOrgMembersManage, "org.members.manage"},
    {kOrgRolesManage, "org.roles.manage"},
    {kOrgStorageList, "org.storage.list"},
    {kOrgStorageManage, "org.storage.manage"},
    {kOrgServersList, "org.servers.list"},
    {kOrgServersManage, "org.servers.manage"},
    {kOrgAuditView, "org.audit.view"},
    {kOrgTokensManage, "org.tokens.manage"},
    {kOrgWebhooksManage, "org.webhooks.manage"},
    {kOrgSettingsManage, "org.settings.manage"},
    {kOrgOwnersManage, "org.owners.manage"},
    {kOrgKeysExport, "org.keys.export"},
    {kSystemOrganizationsManage, "system.organizations.manage"},
    {kSystemUsersManage, "system.users.manage"},
    {kSystemServersManage, "system.servers.manage"},
    {kSystemAuditView, "system.audit.view"},
});
static_assert(kPermissionNames.rows.size() == kPermissionCount);

constexpr auto kOrganizationRoleNames = MakeNameTable<OrganizationRole>({
    {OrganizationRole::kOwner, "owner"},
    {OrganizationRole::kAdmin, "admin"},
    {OrganizationRole::kDeveloper, "developer"},
    {OrganizationRole::kViewer, "viewer"},
});

constexpr auto kProjectRoleNames = MakeNameTable<ProjectRole>({
    {ProjectRole::kAdmin, "admin"},
    {ProjectRole::kDeveloper, "developer"},
    {ProjectRole::kViewer, "viewer"},
});

PermissionSet SetOf(std::initializer_list<Permission> permissions) {
  PermissionSet set;
  for (const Permission permission : permissions) set.Add(permission);
  return set;
}

}  // namespace

std::string_view NameOf(Permission value) { return kPermissionNames.Name(value); }
std::optional<Permission> ParsePermission(std::string_view text) {
  return kPermissionNames.Parse(text);
}
std::string_view NameOf(OrganizationRole value) { return kOrganizationRoleNames.Name(value); }
std::string_view NameOf(ProjectRole value) { return kProjectRoleNames.Name(value); }
std::optional<OrganizationRole> ParseOrganizationRole(std::string_view text) {
  return kOrganizationRoleNames.Parse(text);
}
std::optional<ProjectRole> ParseProjectRole(std::string_view text) {
  return kProjectRoleNames.Parse(text);
}

PermissionLevel LevelOf(Permission permission) {
  const std::string_view name = NameOf(permission);
  if (name.starts_with("project.")) return PermissionLevel::kProject;
  return name.starts_with("org.") ? PermissionLevel::kOrganization : PermissionLevel::kSystem;
}

std::array<Permission, kPermissionCount> AllPermissions() {
  std::array<Permission, kPermissionCount> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all.at(i) = static_cast<Permission>(i);
  return all;
}

PermissionSet PermissionSet::OfLevel(PermissionLevel level) {
  PermissionSet set;
  for (const Permission permission : AllPermissions()) {
    if (LevelOf(permission) == level) set.Add(permission);
  }
  return set;
}

PermissionSet PermissionSet::All() {
  PermissionSet set;
  for (const Permission permission : AllPermissions()) set.Add(permission);
  return set;
}

std::vector<Permission> PermissionSet::ToList() const {
  std::vector<Permission> list;
  for (const Permission permission : AllPermissions()) {
    if (Has(permission)) list.push_back(permission);
  }
  return list;
}

std::string ToText(PermissionSet permissions) {
  std::string text;
  for (const Permission permission : permissions.ToList()) {
    if (!text.empty()) text += ' ';
    text += NameOf(permission);
  }
  return text;
}

PermissionSet PermissionsFromText(std::string_view text) {
  PermissionSet set;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    if (const auto permission = ParsePermission(text.substr(0, space))) set.Add(*permission);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return set;
}

PermissionSet PermissionsOf(ProjectRole role) {
  PermissionSet set = SetOf({kProjectView, kProjectEnvironmentsView, kProjectBackupsView,
                             kProjectTasksView, kProjectSchedulesView, kProjectDrillsView});
  if (role == ProjectRole::kViewer) return set;
  set = set | SetOf({kProjectEnvironmentsCreate, kProjectBackupsCreate, kProjectTasksCancel,
                     kProjectSchedulesManage});
  if (role == ProjectRole::kDeveloper) return set;
  return PermissionSet::OfLevel(PermissionLevel::kProject);
}

PermissionSet PermissionsOf(OrganizationRole role) {
  const PermissionSet org = PermissionSet::OfLevel(PermissionLevel::kOrganization);
  switch (role) {
    case OrganizationRole::kOwner:
      return org | PermissionSet::OfLevel(PermissionLevel::kProject);
    case OrganizationRole::kAdmin:
      return (org - SetOf({kOrgOwnersManage, kOrgKeysExport})) |
             PermissionsOf(ProjectRole::kViewer) | SetOf({kProjectManage, kProjectMembersManage});
    case OrganizationRole::kDeveloper:
      return SetOf({kOrgView, kOrgMembersView, kOrgStorageList, kOrgServersList});
    case OrganizationRole::kViewer:
      return SetOf({kOrgView, kOrgMembersView});
  }
  return {};
}

}  // namespace reprise::domain
