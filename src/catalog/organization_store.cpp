#include <fmt/format.h>

#include <array>

#include "catalog/access_stores.hpp"
#include "catalog/given_role.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 3> kColumns = {"id", "name", "created_at"};
constexpr Table kTable = {"organization", "organization", kColumns};

// An owner who cannot sign in cannot help anybody.
constexpr std::string_view kOwnerless =
    "SELECT o.name FROM organization o JOIN organization_member m ON m.organization_id = o.id"
    " AND m.user_id = $1 AND m.role = 'owner' WHERE NOT EXISTS ("
    "SELECT 1 FROM organization_member other JOIN user_account u ON u.id = other.user_id"
    " WHERE other.organization_id = o.id AND other.role = 'owner' AND other.user_id <> $1"
    " AND u.is_disabled = 0)";

Result<Organization> FromRow(const Row& row) {
  return Organization{{row.Text(0)}, row.Text(1), FromMicros(row.Int(2))};
}

Member ReadMember(const Row& row) {
  Member member;
  member.organization_id.value = row.Text(0);
  member.user_id.value = row.Text(1);
  member.role = ReadGivenRole(row, 2);
  member.created_at = FromMicros(row.Int(4));
  member.email = row.Text(5);
  member.name = row.Text(6);
  return member;
}

constexpr std::string_view kMemberColumns =
    "SELECT m.organization_id, m.user_id, m.role, m.custom_role_id, m.created_at, u.email, u.name";
constexpr std::string_view kMemberFrom =
    " FROM organization_member m JOIN user_account u ON u.id = m.user_id"
    " WHERE m.organization_id = $1";

Status CheckEmpty(Transaction& transaction, const domain::OrganizationId& id) {
  for (const std::string_view table : {"project", "server"}) {
    ASSIGN_OR_RETURN(
        const std::vector<Row> rows,
        transaction.Query(
            fmt::format("SELECT name FROM {} WHERE organization_id = $1 LIMIT 1", table),
            {id.value}));
    if (rows.empty()) continue;
    return Fail(ErrorCode::kConflict,
                fmt::format("the organization still has the {} \"{}\"", table, rows[0].Text(0)),
                "delete its projects and servers first");
  }
  return {};
}

Status TakeName(const Result<std::int64_t>& done, std::string_view name) {
  if (done) return {};
  if (done.error().code != ErrorCode::kConflict) return Fail(done.error());
  return Fail(ErrorCode::kNameTaken, fmt::format("there is an organization \"{}\" already", name),
              "choose another name");
}

}  // namespace

Status CheckNotLastOwner(Transaction& transaction, const domain::UserId& user) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows, transaction.Query(kOwnerless, {user.value}));
  if (rows.empty()) return {};
  return Fail(ErrorCode::kConflict,
              fmt::format("this is the last owner of the organization \"{}\"", rows[0].Text(0)),
              "make somebody else an owner first");
}

Status OrganizationStore::Insert(const Organization& organization) {
  return database_.Write([&](Transaction& tx) -> Status {
    return TakeName(tx.Execute(kTable.InsertSql(), {organization.id.value, organization.name,
                                                    TimeValue(organization.created_at)}),
                    organization.name);
  });
}

Result<Organization> OrganizationStore::Get(const domain::OrganizationId& id) const {
  return ReadValue<Organization>(database_, [&](Transaction& tx) -> Result<Organization> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id.value));
    return FromRow(row);
  });
}

Result<Page<Organization>> OrganizationStore::List(
    const std::optional<std::vector<domain::OrganizationId>>& among, PageRequest page) const {
  Conditions conditions;
  conditions.In("id", among);
  return ListPage(database_, kTable, conditions, page, FromRow);
}

Status OrganizationStore::Rename(const domain::OrganizationId& id, const std::string& name) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(GetRow(tx, kTable, id.value));
    return TakeName(tx.Execute("UPDATE organization SET name = $2 WHERE id = $1", {id.value, name}),
                    name);
  });
}

Status OrganizationStore::Delete(const domain::OrganizationId& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(GetRow(tx, kTable, id.value));
    RETURN_IF_ERROR(CheckEmpty(tx, id));
    for (const std::string_view sql :
         {"DELETE FROM permission_override WHERE organization_id = $1",
          "DELETE FROM team_member WHERE team_id IN (SELECT id FROM team WHERE organization_id=$1)",
          "DELETE FROM team_grant WHERE team_id IN (SELECT id FROM team WHERE organization_id=$1)",
          "DELETE FROM team WHERE organization_id = $1",
          "DELETE FROM organization_member WHERE organization_id = $1",
          "DELETE FROM custom_role WHERE organization_id = $1",
          "DELETE FROM storage_config WHERE organization_id = $1",
          "DELETE FROM archive_key WHERE organization_id = $1",
          "DELETE FROM organization_quota WHERE organization_id = $1",
          "DELETE FROM organization WHERE id = $1"}) {
      RETURN_IF_ERROR(tx.Execute(sql, {id.value}));
    }
    return {};
  });
}

Result<Page<Member>> OrganizationStore::Members(const domain::OrganizationId& id,
                                                PageRequest page) const {
  return ListQuery(database_, std::string(kMemberColumns), std::string(kMemberFrom),
                   " ORDER BY u.email", {id.value}, page, ReadMember);
}

Result<Member> OrganizationStore::GetMember(const domain::OrganizationId& id,
                                            const domain::UserId& user) const {
  return ReadValue<Member>(database_, [&](Transaction& tx) -> Result<Member> {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     tx.Query(fmt::format("{}{} AND m.user_id = $2", kMemberColumns, kMemberFrom),
                              {id.value, user.value}));
    if (!rows.empty()) return ReadMember(rows.front());
    return Fail(ErrorCode::kNotFound, fmt::format("there is no member {}", user.value));
  });
}

Status OrganizationStore::PutMember(const Member& member) {
  return database_.Write([&](Transaction& tx) -> Status {
    if (member.role.built_in != NameOf(domain::OrganizationRole::kOwner)) {
      // Looked at before the change: afterwards the person is no owner to be found.
      ASSIGN_OR_RETURN(const std::vector<Row> lost,
                       tx.Query(fmt::format("{} AND o.id = $2", kOwnerless),
                                {member.user_id.value, member.organization_id.value}));
      if (!lost.empty()) return CheckNotLastOwner(tx, member.user_id);
    }
    RETURN_IF_ERROR(tx.Execute(
        "INSERT INTO organization_member (organization_id, user_id, role, custom_role_id,"
        " created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, user_id)"
        " DO UPDATE SET role = excluded.role, custom_role_id = excluded.custom_role_id",
        {member.organization_id.value, member.user_id.value, member.role.built_in,
         OptionalIdValue(member.role.custom.value), TimeValue(member.created_at)}));
    return {};
  });
}

Status OrganizationStore::RemoveMember(const domain::OrganizationId& id,
                                       const domain::UserId& user) {
  return database_.Write([&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(const std::vector<Row> lost,
                     tx.Query(fmt::format("{} AND o.id = $2", kOwnerless), {user.value, id.value}));
    if (!lost.empty()) return CheckNotLastOwner(tx, user);
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM team_member WHERE user_id = $2 AND team_id IN"
                   " (SELECT id FROM team WHERE organization_id = $1)",
                   {id.value, user.value}));
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM permission_override WHERE organization_id = $1 AND user_id = $2",
                   {id.value, user.value}));
    ASSIGN_OR_RETURN(
        const std::int64_t gone,
        tx.Execute("DELETE FROM organization_member WHERE organization_id = $1 AND user_id = $2",
                   {id.value, user.value}));
    if (gone > 0) return {};
    return Fail(ErrorCode::kNotFound, fmt::format("there is no member {}", user.value));
  });
}

}  // namespace reprise::catalog
