#include "catalog/mount_store.hpp"

#include <fmt/format.h>

#include <array>

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

using domain::Mount;

constexpr std::array<std::string_view, 15> kColumns = {
    "id",         "project_id",    "backup_id", "environment_id", "task_id",
    "status",     "database_name", "role_name", "sealed_login",   "created_by",
    "created_at", "expires_at",    "ended_at",  "error_code",     "error_message"};
constexpr Table kTable = {"mount", "mount", kColumns};

std::vector<Value> ToValues(const Mount& mount) {
  return {mount.id.value,
          mount.project_id.value,
          mount.backup_id.value,
          mount.environment_id.value,
          mount.task_id.value,
          std::string(NameOf(mount.status)),
          mount.database_name,
          mount.role_name,
          mount.sealed_login,
          mount.created_by,
          TimeValue(mount.created_at),
          TimeValue(mount.expires_at),
          OptionalTimeValue(mount.ended_at),
          mount.error_code,
          mount.error_message};
}

Result<Mount> FromRow(const Row& row) {
  RowReader reader(row);
  Mount mount;
  mount.id.value = reader.Text();
  mount.project_id.value = reader.Text();
  mount.backup_id.value = reader.Text();
  mount.environment_id.value = reader.Text();
  mount.task_id.value = reader.Text();
  mount.status = reader.Named(domain::ParseMountStatus);
  mount.database_name = reader.Text();
  mount.role_name = reader.Text();
  mount.sealed_login = reader.Text();
  mount.created_by = reader.Text();
  mount.created_at = reader.Time();
  mount.expires_at = reader.Time();
  mount.ended_at = reader.OptionalTime();
  mount.error_code = reader.Text();
  mount.error_message = reader.Text();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return mount;
}

// kConflict when there is a mount of which `where` holds; `id` is its $1.
Status CheckNone(Transaction& transaction, std::string_view where, const std::string& id,
                 std::string_view complaint) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query(fmt::format("SELECT id FROM mount WHERE {} LIMIT 1", where), {id}));
  if (rows.empty()) return {};
  const std::string mount = rows.front().Text(0);
  return Fail(ErrorCode::kConflict, fmt::format("{} ({})", complaint, mount),
              fmt::format("unmount it first: reprise rescue unmount {}", mount));
}

}  // namespace

Status MountStore::InsertIn(Transaction& transaction, const Mount& mount) {
  RETURN_IF_ERROR(transaction.Execute(kTable.InsertSql(), ToValues(mount)));
  return {};
}

Status MountStore::UpdateIn(Transaction& transaction, const domain::MountId& id,
                            const Change& change) {
  ASSIGN_OR_RETURN(const Row row, GetRow(transaction, kTable, id.value));
  ASSIGN_OR_RETURN(Mount mount, FromRow(row));
  RETURN_IF_ERROR(change(mount));
  mount.id = id;
  RETURN_IF_ERROR(transaction.Execute(kTable.UpdateSql(), ToValues(mount)));
  return {};
}

// What a failure has left does not hold a removal up that may be the only way to be rid of it; it
// is dropped later where PostgreSQL outlives the environment.
Status MountStore::CheckNoneIn(Transaction& transaction, const domain::EnvironmentId& environment) {
  return CheckNone(transaction,
                   "environment_id = $1 AND ((database_name <> '' AND status <> 'failed')"
                   " OR status = 'mounting')",
                   environment.value, "a backup is mounted in its PostgreSQL");
}

// What is being unmounted, or what a failure has left, reads it no more.
Status MountStore::CheckNoneOfIn(Transaction& transaction, const domain::BackupId& backup) {
  return CheckNone(transaction, "backup_id = $1 AND status IN ('mounting', 'mounted')",
                   backup.value, "the backup is mounted");
}

Result<Mount> MountStore::Get(const domain::MountId& id) const {
  return ReadValue<Mount>(database_, [&](Transaction& tx) -> Result<Mount> {
    ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id.value));
    return FromRow(row);
  });
}

Result<Page<Mount>> MountStore::List(const MountFilter& filter, PageRequest page) const {
  Conditions conditions;
  conditions.Equal("project_id", filter.project_id);
  conditions.In("project_id", filter.among);
  conditions.Equal("environment_id", filter.environment_id);
  conditions.Equal("backup_id", filter.backup_id);
  conditions.EqualName("status", filter.status);
  return ListPage(database_, kTable, conditions, page, FromRow);
}

// One that is 'mounting' names no database until its task loads: a task that never came so far, and
// whose end nobody wrote down, would leave it so.
Result<std::vector<Mount>> MountStore::Over(Instant now, std::chrono::minutes pause) const {
  return ReadValue<std::vector<Mount>>(
      database_, [&](Transaction& tx) -> Result<std::vector<Mount>> {
        ASSIGN_OR_RETURN(
            const std::vector<Row> rows,
            tx.Query(kTable.SelectSql() +
                         " WHERE (status = 'mounting' AND expires_at <= $1)"
                         " OR (status <> 'failed' AND database_name <> '' AND expires_at <= $1)"
                         " OR (status = 'failed' AND database_name <> ''"
                         " AND (ended_at IS NULL OR ended_at <= $2))",
                     {TimeValue(now), TimeValue(now - pause)}));
        std::vector<Mount> mounts;
        for (const Row& row : rows) {
          ASSIGN_OR_RETURN(Mount mount, FromRow(row));
          mounts.push_back(std::move(mount));
        }
        return mounts;
      });
}

Status MountStore::Update(const domain::MountId& id, const std::optional<TaskHold>& hold,
                          const Change& change) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(CheckHold(tx, hold));
    return UpdateIn(tx, id, change);
  });
}

}  // namespace reprise::catalog
