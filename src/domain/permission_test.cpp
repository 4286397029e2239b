#include "domain/permission.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/tree.hpp"
#include "domain/standing.hpp"

namespace reprise::domain {
namespace {

const ProjectId kShop{"shop"};
const ProjectId kOther{"other"};

Standing Member(OrganizationRole role) { return {PermissionsOf(role), {}, {}}; }

TEST(Roles, GrowWithTheirRank) {
  EXPECT_TRUE(PermissionsOf(ProjectRole::kAdmin).Contains(PermissionsOf(ProjectRole::kDeveloper)));
  EXPECT_TRUE(PermissionsOf(ProjectRole::kDeveloper).Contains(PermissionsOf(ProjectRole::kViewer)));
  using enum OrganizationRole;
  EXPECT_TRUE(PermissionsOf(kOwner).Contains(PermissionsOf(kAdmin)));
  EXPECT_TRUE(PermissionsOf(kAdmin).Contains(PermissionsOf(kDeveloper)));
  EXPECT_TRUE(PermissionsOf(kDeveloper).Contains(PermissionsOf(kViewer)));
}

TEST(Roles, RestoreOnlyAsProjectAdminAndBackUpAsDeveloper) {
  EXPECT_TRUE(PermissionsOf(ProjectRole::kAdmin).Has(Permission::kProjectBackupsRestore));
  EXPECT_FALSE(PermissionsOf(ProjectRole::kDeveloper).Has(Permission::kProjectBackupsRestore));
  EXPECT_TRUE(PermissionsOf(ProjectRole::kDeveloper).Has(Permission::kProjectBackupsCreate));
  EXPECT_FALSE(PermissionsOf(ProjectRole::kViewer).Has(Permission::kProjectBackupsCreate));
}

TEST(Roles, CrossServersOnlyAsOrganizationAdmin) {
  using enum OrganizationRole;
  EXPECT_TRUE(PermissionsOf(kAdmin).Has(Permission::kOrgBackupsRestore));
  EXPECT_FALSE(PermissionsOf(kDeveloper).Has(Permission::kOrgBackupsRestore));
}

TEST(Roles, NeverReachTheWholeInstallation) {
  const PermissionSet system = PermissionSet::OfLevel(PermissionLevel::kSystem);
  EXPECT_TRUE((PermissionsOf(OrganizationRole::kOwner) & system).empty());
  EXPECT_TRUE((PermissionsOf(ProjectRole::kAdmin) & system).empty());
  EXPECT_FALSE(system.empty());
}

TEST(Standing, OfNobodyAllowsNothing) {
  for (const Permission permission : AllPermissions()) {
    EXPECT_FALSE(Allows(Standing{}, permission, kShop)) << NameOf(permission);
    EXPECT_FALSE(Allows(Standing{}, permission, {})) << NameOf(permission);
  }
}

TEST(Standing, AnOwnerIsAdminInEveryProject) {
  const Standing owner = Member(OrganizationRole::kOwner);
  EXPECT_TRUE(Allows(owner, Permission::kProjectBackupsRestore, kShop));
  EXPECT_TRUE(Allows(owner, Permission::kOrgOwnersManage, {}));
  const Standing admin = Member(OrganizationRole::kAdmin);
  EXPECT_FALSE(Allows(admin, Permission::kProjectBackupsRestore, kShop));
  EXPECT_TRUE(Allows(admin, Permission::kProjectBackupsView, kShop));
  EXPECT_FALSE(Allows(admin, Permission::kOrgOwnersManage, {}));
  EXPECT_TRUE(Allows(owner, Permission::kOrgKeysExport, {}));
  EXPECT_FALSE(Allows(admin, Permission::kOrgKeysExport, {}));
}

TEST(Standing, ATeamsRoleCountsInItsProjectOnlyAndTheHighestWins) {
  Standing standing = Member(OrganizationRole::kViewer);
  standing.team_roles[kShop] =
      PermissionsOf(ProjectRole::kViewer) | PermissionsOf(ProjectRole::kAdmin);
  EXPECT_TRUE(Allows(standing, Permission::kProjectBackupsRestore, kShop));
  EXPECT_FALSE(Allows(standing, Permission::kProjectBackupsView, kOther));
  EXPECT_FALSE(Allows(standing, Permission::kProjectBackupsView, {}));
}

TEST(Standing, ARoleOnAProjectGivesNothingInTheOrganization) {
  Standing standing = Member(OrganizationRole::kViewer);
  standing.team_roles[kShop] = PermissionSet::All();
  EXPECT_FALSE(Allows(standing, Permission::kOrgMembersManage, kShop));
  EXPECT_FALSE(Allows(standing, Permission::kSystemUsersManage, kShop));
}

TEST(Standing, ADenialWinsOverEveryRoleAndEveryAllowance) {
  Standing standing = Member(OrganizationRole::kOwner);
  standing.overrides = {{Permission::kProjectBackupsRestore, OverrideEffect::kDeny, kShop},
                        {Permission::kProjectBackupsRestore, OverrideEffect::kAllow, kShop},
                        {Permission::kOrgAuditView, OverrideEffect::kDeny, {}}};
  EXPECT_FALSE(Allows(standing, Permission::kProjectBackupsRestore, kShop));
  EXPECT_TRUE(Allows(standing, Permission::kProjectBackupsRestore, kOther));
  EXPECT_FALSE(Allows(standing, Permission::kOrgAuditView, {}));
}

TEST(Standing, AnAllowanceGivesOnlyWhatItNames) {
  Standing standing = Member(OrganizationRole::kViewer);
  standing.overrides = {{Permission::kProjectBackupsDownload, OverrideEffect::kAllow, kShop},
                        {Permission::kSystemUsersManage, OverrideEffect::kAllow, {}},
                        {Permission::kOrgMembersManage, OverrideEffect::kAllow, kShop}};
  EXPECT_TRUE(Allows(standing, Permission::kProjectBackupsDownload, kShop));
  EXPECT_FALSE(Allows(standing, Permission::kProjectBackupsDownload, kOther));
  EXPECT_FALSE(Allows(standing, Permission::kProjectBackupsView, kShop));
  EXPECT_FALSE(Allows(standing, Permission::kSystemUsersManage, {}));
  EXPECT_FALSE(Allows(standing, Permission::kOrgMembersManage, {}));
}

// docs/permissions.md is what people read before they give a role away.
TEST(Roles, AreAsTheDocumentSays) {
  std::ifstream document(reprise::testing::Tree("docs/permissions.md"));
  ASSERT_TRUE(document) << "no docs/permissions.md";
  std::string table;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("| `")) table += line + "\n";
  }
  std::string wanted;
  for (const Permission permission : AllPermissions()) {
    wanted += "| `" + std::string(NameOf(permission)) + "` |";
    for (const PermissionSet& set :
         {PermissionsOf(OrganizationRole::kOwner), PermissionsOf(OrganizationRole::kAdmin),
          PermissionsOf(OrganizationRole::kDeveloper), PermissionsOf(OrganizationRole::kViewer),
          PermissionsOf(ProjectRole::kAdmin), PermissionsOf(ProjectRole::kDeveloper),
          PermissionsOf(ProjectRole::kViewer)}) {
      wanted += set.Has(permission) ? " yes |" : "  |";
    }
    wanted += "\n";
  }
  EXPECT_EQ(table, wanted);
}

TEST(PermissionSet, ReadsWhatItWroteAndLeavesOutWhatItDoesNotKnow) {
  const PermissionSet set = PermissionsOf(ProjectRole::kDeveloper);
  EXPECT_EQ(PermissionsFromText(ToText(set)), set);
  EXPECT_EQ(ToText(PermissionsFromText("org.view nothing.at.all  org.audit.view")),
            "org.view org.audit.view");
  EXPECT_TRUE(PermissionsFromText("").empty());
}

}  // namespace
}  // namespace reprise::domain
