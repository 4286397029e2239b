#include <fmt/format.h>

#include <map>

#include "catalog/access_stores.hpp"
#include "catalog/given_role.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

using domain::PermissionSet;
using StandingMap = std::map<std::string, AccessStore::OrganizationStanding>;

// Each of a row's columns `role`, `custom_role_id`, and the custom role's permissions from
// `column`.
template <class Role>
PermissionSet PermissionsIn(const Row& row, std::size_t column,
                            std::optional<Role> (*parse)(std::string_view)) {
  if (!row.IsNull(column + 1)) return domain::PermissionsFromText(row.Text(column + 2));
  const std::optional<Role> role = parse(row.Text(column));
  return role ? PermissionsOf(*role) : PermissionSet();
}

Status ReadMemberships(Transaction& transaction, const domain::UserId& user, StandingMap& into) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query("SELECT m.organization_id, m.role, m.custom_role_id, r.permissions"
                        " FROM organization_member m"
                        " LEFT JOIN custom_role r ON r.id = m.custom_role_id"
                        " WHERE m.user_id = $1",
                        {user.value}));
  for (const Row& row : rows) {
    AccessStore::OrganizationStanding& one = into[row.Text(0)];
    one.organization_id.value = row.Text(0);
    one.role = ReadGivenRole(row, 1);
    one.standing.organization_role = PermissionsIn(row, 1, domain::ParseOrganizationRole);
  }
  return {};
}

Status ReadGrants(Transaction& transaction, const domain::UserId& user, StandingMap& into) {
  // A team reaches only projects of its own organization, whatever a row may say.
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query("SELECT t.organization_id, g.project_id, g.role, g.custom_role_id,"
                        " r.permissions FROM team_member tm"
                        " JOIN team t ON t.id = tm.team_id"
                        " JOIN team_grant g ON g.team_id = t.id"
                        " JOIN project p ON p.id = g.project_id"
                        " AND p.organization_id = t.organization_id"
                        " LEFT JOIN custom_role r ON r.id = g.custom_role_id"
                        " WHERE tm.user_id = $1",
                        {user.value}));
  for (const Row& row : rows) {
    const auto found = into.find(row.Text(0));
    if (found == into.end()) continue;
    PermissionSet& all = found->second.standing.team_roles[{row.Text(1)}];
    all = all | PermissionsIn(row, 2, domain::ParseProjectRole);
  }
  return {};
}

Status ReadOverrides(Transaction& transaction, const domain::UserId& user, StandingMap& into) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows,
                   transaction.Query("SELECT organization_id, project_id, permission, effect"
                                     " FROM permission_override WHERE user_id = $1",
                                     {user.value}));
  for (const Row& row : rows) {
    const auto found = into.find(row.Text(0));
    const auto permission = domain::ParsePermission(row.Text(2));
    if (found == into.end() || !permission) continue;
    // What is not plainly an allowance denies.
    const auto effect =
        domain::ParseOverrideEffect(row.Text(3)).value_or(domain::OverrideEffect::kDeny);
    found->second.standing.overrides.push_back({*permission, effect, {row.Text(1)}});
  }
  return {};
}

std::string_view PlaceSql(AccessStore::Thing thing) {
  switch (thing) {
    case AccessStore::Thing::kEnvironment:
      return "SELECT p.id, p.organization_id FROM environment x"
             " JOIN project p ON p.id = x.project_id WHERE x.id = $1";
    case AccessStore::Thing::kBackup:
      return "SELECT p.id, p.organization_id FROM backup x"
             " JOIN project p ON p.id = x.project_id WHERE x.id = $1";
    case AccessStore::Thing::kRestore:
      return "SELECT p.id, p.organization_id FROM restore_point x"
             " JOIN project p ON p.id = x.project_id WHERE x.id = $1";
    case AccessStore::Thing::kTask:
      return "SELECT p.id, p.organization_id FROM task x"
             " JOIN project p ON p.id = x.project_id WHERE x.id = $1";
    case AccessStore::Thing::kDrill:
      return "SELECT p.id, p.organization_id FROM drill x"
             " JOIN project p ON p.id = x.project_id WHERE x.id = $1";
    case AccessStore::Thing::kUpload:
      return "SELECT p.id, p.organization_id FROM upload x"
             " JOIN project p ON p.id = x.project_id WHERE x.id = $1";
    case AccessStore::Thing::kMount:
      return "SELECT p.id, p.organization_id FROM mount x"
             " JOIN project p ON p.id = x.project_id WHERE x.id = $1";
    case AccessStore::Thing::kSnapshot:
      return "SELECT p.id, p.organization_id FROM snapshot x"
             " JOIN project p ON p.id = x.project_id WHERE x.id = $1";
    case AccessStore::Thing::kSchedule:
      return "SELECT p.id, p.organization_id FROM schedule x"
             " JOIN project p ON p.id = x.project_id WHERE x.id = $1";
    case AccessStore::Thing::kProject:
      return "SELECT id, organization_id FROM project WHERE id = $1";
    case AccessStore::Thing::kStorage:
      return "SELECT '', organization_id FROM storage_config WHERE id = $1";
    case AccessStore::Thing::kOrganization:
      return "SELECT '', id FROM organization WHERE id = $1";
  }
  return {};
}

}  // namespace

Result<std::vector<AccessStore::OrganizationStanding>> AccessStore::StandingsOf(
    const domain::UserId& user) const {
  const auto read = [&](Transaction& tx) -> Result<StandingMap> {
    StandingMap found;
    RETURN_IF_ERROR(ReadMemberships(tx, user, found));
    RETURN_IF_ERROR(ReadGrants(tx, user, found));
    RETURN_IF_ERROR(ReadOverrides(tx, user, found));
    return found;
  };
  ASSIGN_OR_RETURN(StandingMap found, ReadValue<StandingMap>(database_, read));
  std::vector<OrganizationStanding> all;
  for (auto& [id, one] : found) all.push_back(std::move(one));
  return all;
}

Result<std::optional<AccessStore::Place>> AccessStore::PlaceOf(Thing thing,
                                                               const std::string& id) const {
  return ReadValue<std::optional<Place>>(
      database_, [&](Transaction& tx) -> Result<std::optional<Place>> {
        ASSIGN_OR_RETURN(const std::vector<Row> rows, tx.Query(PlaceSql(thing), {id}));
        if (rows.empty()) return std::nullopt;
        return Place{{rows[0].Text(0)}, {rows[0].Text(1)}};
      });
}

Result<std::vector<AccessStore::ProjectPlace>> AccessStore::ProjectsOf(
    const std::vector<domain::OrganizationId>& organizations) const {
  Conditions conditions;
  conditions.In("organization_id", std::optional(organizations));
  std::vector<ProjectPlace> projects;
  RETURN_IF_ERROR(database_.Read([&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     tx.Query("SELECT id, organization_id FROM project" + conditions.Sql(),
                              conditions.values()));
    projects.clear();  // of a first try
    for (const Row& row : rows) projects.push_back({{row.Text(0)}, {row.Text(1)}});
    return {};
  }));
  return projects;
}

}  // namespace reprise::catalog
