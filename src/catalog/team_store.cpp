#include <fmt/format.h>

#include <array>

#include "catalog/access_stores.hpp"
#include "catalog/given_role.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 4> kColumns = {"id", "organization_id", "name",
                                                      "created_at"};
constexpr Table kTable = {"team", "team", kColumns};

Result<Team> FromRow(const Row& row) {
  return Team{{row.Text(0)}, {row.Text(1)}, row.Text(2), FromMicros(row.Int(3))};
}

TeamMember ReadMember(const Row& row) {
  return {{row.Text(0)}, row.Text(1), row.Text(2), FromMicros(row.Int(3))};
}

TeamGrant ReadGrant(const Row& row) {
  return {{row.Text(0)}, {row.Text(1)}, ReadGivenRole(row, 2), FromMicros(row.Int(4))};
}

Status TakeName(const Result<std::int64_t>& done, std::string_view name) {
  if (done) return {};
  if (done.error().code != ErrorCode::kConflict) return Fail(done.error());
  return Fail(ErrorCode::kNameTaken,
              fmt::format("the organization has a team \"{}\" already", name),
              "choose another name");
}

Status MustHaveChanged(const Result<std::int64_t>& done, std::string_view what) {
  if (!done) return Fail(done.error());
  if (*done > 0) return {};
  return Fail(ErrorCode::kNotFound, fmt::format("the team has no such {}", what));
}

}  // namespace

Status TeamStore::Insert(const Team& team) {
  return database_.Write([&](Transaction& tx) {
    return TakeName(tx.Execute(kTable.InsertSql(), {team.id.value, team.organization_id.value,
                                                    team.name, TimeValue(team.created_at)}),
                    team.name);
  });
}

Result<Team> TeamStore::Get(const domain::TeamId& id) const {
  return ReadValue<Team>(database_, [&](Transaction& tx) -> Result<Team> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id.value));
    return FromRow(row);
  });
}

Result<Page<Team>> TeamStore::List(const domain::OrganizationId& id, PageRequest page) const {
  Conditions conditions;
  conditions.Add("organization_id =", id.value);
  return ListPage(database_, kTable, conditions, page, FromRow);
}

Status TeamStore::Rename(const domain::TeamId& id, const std::string& name) {
  return database_.Write([&](Transaction& tx) {
    return TakeName(tx.Execute("UPDATE team SET name = $2 WHERE id = $1", {id.value, name}), name);
  });
}

Status TeamStore::Delete(const domain::TeamId& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM team_member WHERE team_id = $1", {id.value}));
    RETURN_IF_ERROR(tx.Execute("DELETE FROM team_grant WHERE team_id = $1", {id.value}));
    RETURN_IF_ERROR(tx.Execute("DELETE FROM team WHERE id = $1", {id.value}));
    return {};
  });
}

Result<Page<TeamMember>> TeamStore::Members(const domain::TeamId& id, PageRequest page) const {
  return ListQuery(database_, "SELECT u.id, u.email, u.name, t.created_at",
                   " FROM team_member t JOIN user_account u ON u.id = t.user_id"
                   " WHERE t.team_id = $1",
                   " ORDER BY u.email", {id.value}, page, ReadMember);
}

Status TeamStore::AddMember(const domain::TeamId& id, const domain::UserId& user, Instant now) {
  return database_.Write([&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> member,
                     tx.Query("SELECT 1 FROM organization_member m JOIN team t"
                              " ON t.organization_id = m.organization_id"
                              " WHERE t.id = $1 AND m.user_id = $2",
                              {id.value, user.value}));
    if (member.empty()) {
      return Fail(ErrorCode::kConflict, "this user is no member of the team's organization",
                  "make the user a member of the organization first");
    }
    RETURN_IF_ERROR(
        tx.Execute("INSERT INTO team_member (team_id, user_id, created_at)"
                   " VALUES ($1, $2, $3) ON CONFLICT (team_id, user_id) DO NOTHING",
                   {id.value, user.value, TimeValue(now)}));
    return {};
  });
}

Status TeamStore::RemoveMember(const domain::TeamId& id, const domain::UserId& user) {
  return database_.Write([&](Transaction& tx) {
    return MustHaveChanged(tx.Execute("DELETE FROM team_member WHERE team_id = $1 AND user_id = $2",
                                      {id.value, user.value}),
                           "member");
  });
}

Result<Page<TeamGrant>> TeamStore::Grants(const domain::TeamId& id, PageRequest page) const {
  return ListQuery(database_, "SELECT team_id, project_id, role, custom_role_id, created_at",
                   " FROM team_grant WHERE team_id = $1", " ORDER BY project_id", {id.value}, page,
                   ReadGrant);
}

Status TeamStore::PutGrant(const TeamGrant& grant) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(
        tx.Execute("INSERT INTO team_grant (team_id, project_id, role, custom_role_id, created_at)"
                   " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (team_id, project_id)"
                   " DO UPDATE SET role = excluded.role, custom_role_id = excluded.custom_role_id",
                   {grant.team_id.value, grant.project_id.value, grant.role.built_in,
                    OptionalIdValue(grant.role.custom.value), TimeValue(grant.created_at)}));
    return {};
  });
}

Status TeamStore::RemoveGrant(const domain::TeamId& id, const domain::ProjectId& project) {
  return database_.Write([&](Transaction& tx) {
    return MustHaveChanged(
        tx.Execute("DELETE FROM team_grant WHERE team_id = $1 AND project_id = $2",
                   {id.value, project.value}),
        "grant");
  });
}

}  // namespace reprise::catalog
