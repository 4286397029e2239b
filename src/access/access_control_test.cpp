#include "access/access_control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/id.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::access {
namespace {

using catalog::GivenRole;
using domain::Permission;

using catalog::testing::CatalogKind;

// On every database that a catalog can stand on.
class AccessControlTest : public ::testing::TestWithParam<CatalogKind> {
 protected:
  AccessControlTest()
      : catalog_(GetParam()),
        tenancy_(catalog_.database()),
        users_(catalog_.database()),
        organizations_(catalog_.database()),
        teams_(catalog_.database()),
        store_(catalog_.database()),
        control_(store_, tenancy_) {
    ours_ = tenancy_.DefaultProject().value().organization_id;
    theirs_.value = NewUuid();
    EXPECT_TRUE(organizations_.Insert({theirs_, "theirs", now_}));
    their_project_ = AddProject(theirs_, "their shop");
  }

  domain::ProjectId AddProject(const domain::OrganizationId& organization, const char* name) {
    catalog::Project project{{NewUuid()}, organization, name, now_};
    EXPECT_TRUE(tenancy_.InsertProject(project));
    return project.id;
  }
  domain::UserId AddUser(const std::string& email) {
    catalog::User user;
    user.id.value = NewUuid();
    user.email = email;
    user.created_at = now_;
    EXPECT_TRUE(users_.Insert(user));
    return user.id;
  }
  domain::UserId AddMember(const std::string& email, const std::string& role) {
    domain::UserId user = AddUser(email);
    EXPECT_TRUE(organizations_.PutMember({ours_, user, GivenRole{role, {}}, now_}));
    return user;
  }
  void Grant(const domain::UserId& user, const domain::ProjectId& project,
             const std::string& role) {
    const domain::TeamId team{NewUuid()};
    EXPECT_TRUE(teams_.Insert({team, ours_, "team " + team.value, now_}));
    EXPECT_TRUE(teams_.AddMember(team, user, now_));
    EXPECT_TRUE(teams_.PutGrant({team, project, GivenRole{role, {}}, now_}));
  }
  Caller CallerOf(const domain::UserId& user) {
    Caller caller;
    caller.user_id = user;
    caller.standings = store_.StandingsOf(user).value();
    return caller;
  }
  ErrorCode Answer(const Caller& caller, Permission permission, const Object& object) {
    const auto place = control_.Check(caller, permission, object);
    return place ? ErrorCode::kInternal : place.error().code;  // kInternal: allowed
  }
  static constexpr ErrorCode kAllowed = ErrorCode::kInternal;

  Instant now_ = ParseInstant("2024-12-11T11:00:00Z").value();
  ManualClock clock_{now_};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::TenancyStore tenancy_;
  catalog::UserStore users_;
  catalog::OrganizationStore organizations_;
  catalog::TeamStore teams_;
  catalog::AccessStore store_;
  AccessControl control_;
  domain::OrganizationId ours_;
  domain::OrganizationId theirs_;
  domain::ProjectId their_project_;
};

TEST_P(AccessControlTest, WhatMayNotBeSeenIsNotThereInTheSameWords) {
  const Caller viewer = CallerOf(AddMember("v@x.test", "viewer"));
  const std::string nothing = NewUuid();
  for (const std::string& id : {their_project_.value, nothing, std::string("no uuid")}) {
    const auto refused =
        control_.Check(viewer, Permission::kProjectView, {ObjectKind::kProject, id});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(refused.error().message, "there is no project " + id);
  }
}

TEST_P(AccessControlTest, WhatIsSeenButNotAllowedIsForbidden) {
  const domain::UserId user = AddMember("d@x.test", "viewer");
  const domain::ProjectId project = catalog_.project();
  Grant(user, project, "developer");
  const Caller developer = CallerOf(user);
  const Object object{ObjectKind::kProject, project.value};
  EXPECT_EQ(Answer(developer, Permission::kProjectBackupsCreate, object), kAllowed);
  EXPECT_EQ(Answer(developer, Permission::kProjectBackupsRestore, object),
            ErrorCode::kPermissionDenied);
}

TEST_P(AccessControlTest, AChangeOfMembersTakesEffectAtOnce) {
  const domain::UserId user = AddMember("o@x.test", "owner");
  AddMember("o2@x.test", "owner");
  const Object object{ObjectKind::kProject, catalog_.project().value};
  EXPECT_EQ(Answer(CallerOf(user), Permission::kProjectBackupsRestore, object), kAllowed);
  ASSERT_TRUE(organizations_.RemoveMember(ours_, user));
  EXPECT_EQ(Answer(CallerOf(user), Permission::kProjectBackupsRestore, object),
            ErrorCode::kNotFound);
}

TEST_P(AccessControlTest, ATeamsGrantOnAForeignProjectGivesNothing) {
  const domain::UserId user = AddMember("t@x.test", "viewer");
  Grant(user, their_project_, "admin");
  EXPECT_EQ(Answer(CallerOf(user), Permission::kProjectView,
                   {ObjectKind::kProject, their_project_.value}),
            ErrorCode::kNotFound);
}

TEST_P(AccessControlTest, TheTeamsOfAFormerMemberGiveNothing) {
  const domain::UserId user = AddMember("f@x.test", "viewer");
  Grant(user, catalog_.project(), "admin");
  ASSERT_TRUE(organizations_.RemoveMember(ours_, user));
  ASSERT_TRUE(organizations_.PutMember({ours_, user, GivenRole{"viewer", {}}, now_}));
  EXPECT_EQ(Answer(CallerOf(user), Permission::kProjectView,
                   {ObjectKind::kProject, catalog_.project().value}),
            ErrorCode::kNotFound);
}

TEST_P(AccessControlTest, ACustomRoleGivesWhatItNamesAndNoMore) {
  domain::PermissionSet set;
  set.Add(Permission::kOrgView);
  set.Add(Permission::kOrgAuditView);
  const domain::RoleId role{NewUuid()};
  ASSERT_TRUE(organizations_.InsertRole({role, ours_, "auditor", set, now_}));
  const domain::UserId user = AddUser("a@x.test");
  ASSERT_TRUE(organizations_.PutMember({ours_, user, GivenRole{"", role}, now_}));
  const Object object{ObjectKind::kOrganization, ours_.value};
  EXPECT_EQ(Answer(CallerOf(user), Permission::kOrgAuditView, object), kAllowed);
  EXPECT_EQ(Answer(CallerOf(user), Permission::kOrgMembersManage, object),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(organizations_.DeleteRole(role).error().code, ErrorCode::kConflict);
}

TEST_P(AccessControlTest, ATokenReachesNothingButItsScopesAndItsProject) {
  Caller caller = CallerOf(AddMember("o@x.test", "owner"));
  const domain::ProjectId other = AddProject(ours_, "other");
  caller.scopes.emplace();
  caller.scopes->Add(Permission::kProjectBackupsCreate);
  const Object first{ObjectKind::kProject, catalog_.project().value};
  EXPECT_EQ(Answer(caller, Permission::kProjectBackupsCreate, first), kAllowed);
  EXPECT_EQ(Answer(caller, Permission::kProjectBackupsRestore, first),
            ErrorCode::kPermissionDenied);
  caller.only_project = other;
  EXPECT_EQ(Answer(caller, Permission::kProjectBackupsCreate, first), ErrorCode::kNotFound);
  EXPECT_EQ(Answer(caller, Permission::kOrgView, {ObjectKind::kOrganization, ours_.value}),
            ErrorCode::kNotFound);
}

TEST_P(AccessControlTest, AScopedTokenOfAnAdministratorIsScopedToo) {
  Caller caller;
  caller.is_installation = true;
  EXPECT_TRUE(AccessControl::CheckSystem(caller, Permission::kSystemUsersManage));
  caller.scopes.emplace();
  EXPECT_FALSE(AccessControl::CheckSystem(caller, Permission::kSystemUsersManage));
  EXPECT_EQ(control_.ProjectsWhere(caller, Permission::kProjectView).value()->size(), 0U);
  caller.scopes->Add(Permission::kProjectView);
  caller.only_project = their_project_;
  EXPECT_THAT(*control_.ProjectsWhere(caller, Permission::kProjectView).value(),
              ::testing::ElementsAre(their_project_));
}

TEST_P(AccessControlTest, ListsHoldTheProjectsWhereItIsAllowed) {
  const domain::UserId user = AddMember("l@x.test", "viewer");
  EXPECT_EQ(control_.ProjectsWhere(CallerOf(user), Permission::kProjectView).value()->size(), 0U);
  Grant(user, catalog_.project(), "viewer");
  EXPECT_THAT(*control_.ProjectsWhere(CallerOf(user), Permission::kProjectView).value(),
              ::testing::ElementsAre(catalog_.project()));
  EXPECT_EQ(
      control_.ProjectsWhere(CallerOf(user), Permission::kProjectBackupsCreate).value()->size(),
      0U);
}

TEST_P(AccessControlTest, NothingCrossesOrganizations) {
  EXPECT_TRUE(AccessControl::CheckTogether({{ours_, {}}, {{}, {}}, {ours_, catalog_.project()}}));
  EXPECT_FALSE(AccessControl::CheckTogether({{ours_, {}}, {theirs_, {}}}));
}

TEST_P(AccessControlTest, TheLastOwnerStays) {
  const domain::UserId user = AddMember("o@x.test", "owner");
  EXPECT_EQ(organizations_.RemoveMember(ours_, user).error().code, ErrorCode::kConflict);
  EXPECT_EQ(organizations_.PutMember({ours_, user, GivenRole{"admin", {}}, now_}).error().code,
            ErrorCode::kConflict);
  const auto disable = [](catalog::User& row) -> Status {
    row.is_disabled = true;
    return {};
  };
  EXPECT_EQ(users_.Update(user, disable).error().code, ErrorCode::kConflict);
  const domain::UserId second = AddMember("o2@x.test", "owner");
  ASSERT_TRUE(users_.Update(second, disable));
  EXPECT_EQ(organizations_.RemoveMember(ours_, user).error().code, ErrorCode::kConflict)
      << "a disabled owner is none";
}

TEST_P(AccessControlTest, AProjectWithLivingThingsStays) {
  const domain::ProjectId project = AddProject(ours_, "second");
  catalog::BackupStore backups(catalog_.database(), clock_);
  domain::Backup backup;
  backup.id.value = NewUuid();
  backup.project_id = project;
  ASSERT_TRUE(backups.Insert(backup));
  EXPECT_EQ(tenancy_.DeleteProject(project).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(backups.Update(backup.id, [](domain::Backup& row) -> Status {
    row.status = domain::BackupStatus::kDeleted;
    return {};
  }));
  EXPECT_TRUE(tenancy_.DeleteProject(project));
  EXPECT_EQ(tenancy_.GetProject(project).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tenancy_.DeleteProject(catalog_.project()).error().code, ErrorCode::kConflict);
}

INSTANTIATE_TEST_SUITE_P(On, AccessControlTest,
                         ::testing::ValuesIn(catalog::testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace reprise::access
