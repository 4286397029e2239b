#include <fmt/format.h>

#include <array>

#include "catalog/access_stores.hpp"
#include "catalog/table.hpp"

// The custom roles and the overrides of an organization.
namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 5> kRoleColumns = {"id", "organization_id", "name",
                                                          "permissions", "created_at"};
constexpr Table kRole = {"custom_role", "role", kRoleColumns};

constexpr std::array<std::string_view, 7> kOverrideColumns = {
    "id", "organization_id", "user_id", "project_id", "permission", "effect", "created_at"};
constexpr Table kOverride = {"permission_override", "override", kOverrideColumns};

Result<CustomRole> ReadRole(const Row& row) {
  return CustomRole{{row.Text(0)},
                    {row.Text(1)},
                    row.Text(2),
                    domain::PermissionsFromText(row.Text(3)),
                    FromMicros(row.Int(4))};
}

std::vector<Value> ToValues(const CustomRole& role) {
  return {role.id.value, role.organization_id.value, role.name, ToText(role.permissions),
          TimeValue(role.created_at)};
}

Result<Override> ReadOverride(const Row& row) {
  RowReader reader(row);
  Override one;
  one.id.value = reader.Text();
  one.organization_id.value = reader.Text();
  one.user_id.value = reader.Text();
  one.what.project_id.value = reader.Text();
  one.what.permission = reader.Named(domain::ParsePermission);
  one.what.effect = reader.Named(domain::ParseOverrideEffect);
  one.created_at = reader.Time();
  RETURN_IF_ERROR(reader.Finish(kOverride));
  return one;
}

Status TakeName(const Result<std::int64_t>& done, std::string_view name) {
  if (done) return {};
  if (done.error().code != ErrorCode::kConflict) return Fail(done.error());
  return Fail(ErrorCode::kNameTaken,
              fmt::format("the organization has a role \"{}\" already", name),
              "choose another name");
}

}  // namespace

Status OrganizationStore::InsertRole(const CustomRole& role) {
  return database_.Write([&](Transaction& tx) {
    return TakeName(tx.Execute(kRole.InsertSql(), ToValues(role)), role.name);
  });
}

Result<CustomRole> OrganizationStore::GetRole(const domain::RoleId& id) const {
  return ReadValue<CustomRole>(database_, [&](Transaction& tx) -> Result<CustomRole> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kRole, id.value));
    return ReadRole(row);
  });
}

Result<Page<CustomRole>> OrganizationStore::Roles(const domain::OrganizationId& id,
                                                  PageRequest page) const {
  Conditions conditions;
  conditions.Add("organization_id =", id.value);
  return ListPage(database_, kRole, conditions, page, ReadRole);
}

Status OrganizationStore::UpdateRole(const CustomRole& role) {
  return database_.Write([&](Transaction& tx) {
    return TakeName(tx.Execute(kRole.UpdateSql(), ToValues(role)), role.name);
  });
}

Status OrganizationStore::DeleteRole(const domain::RoleId& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(GetRow(tx, kRole, id.value));
    for (const std::string_view table : {"organization_member", "team_grant"}) {
      ASSIGN_OR_RETURN(
          const std::vector<Row> used,
          tx.Query(fmt::format("SELECT 1 FROM {} WHERE custom_role_id = $1 LIMIT 1", table),
                   {id.value}));
      if (used.empty()) continue;
      return Fail(ErrorCode::kConflict, "somebody still has this role",
                  "give its members and teams another role first");
    }
    RETURN_IF_ERROR(tx.Execute("DELETE FROM custom_role WHERE id = $1", {id.value}));
    return {};
  });
}

Status OrganizationStore::PutOverride(const Override& given) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM permission_override WHERE organization_id = $1 AND user_id = $2"
                   " AND permission = $3 AND COALESCE(project_id, '') = $4",
                   {given.organization_id.value, given.user_id.value,
                    std::string(NameOf(given.what.permission)), given.what.project_id.value}));
    RETURN_IF_ERROR(tx.Execute(
        kOverride.InsertSql(),
        {given.id.value, given.organization_id.value, given.user_id.value,
         OptionalIdValue(given.what.project_id.value), std::string(NameOf(given.what.permission)),
         std::string(NameOf(given.what.effect)), TimeValue(given.created_at)}));
    return {};
  });
}

Result<Override> OrganizationStore::GetOverride(const domain::OverrideId& id) const {
  return ReadValue<Override>(database_, [&](Transaction& tx) -> Result<Override> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kOverride, id.value));
    return ReadOverride(row);
  });
}

Result<Page<Override>> OrganizationStore::Overrides(const domain::OrganizationId& id,
                                                    PageRequest page) const {
  Conditions conditions;
  conditions.Add("organization_id =", id.value);
  return ListPage(database_, kOverride, conditions, page, ReadOverride);
}

Status OrganizationStore::DeleteOverride(const domain::OverrideId& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM permission_override WHERE id = $1", {id.value}));
    return {};
  });
}

}  // namespace reprise::catalog
