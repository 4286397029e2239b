#include "catalog/quota_store.hpp"

#include <string_view>

#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

using domain::Quota;
using domain::QuotaUse;

// An archive that was registered where it lay is somebody else's: Reprise has stored nothing. One
// that is coming in pieces has all of its room from the beginning. Of an incremental backup its
// parts count, each once, whatever is composed of them.
constexpr std::string_view kStoredBytes =
    "SELECT CAST(COALESCE((SELECT SUM(b.compressed_size) FROM backup b"
    " JOIN project p ON p.id = b.project_id WHERE p.organization_id = $1 AND b.id <> $2"
    " AND b.status IN ('pending', 'running', 'completed') AND b.storage_key LIKE '%/' || b.id || "
    "'.%' AND b.storage_key NOT LIKE '%/' || b.id || '.recipe%'), 0)"
    " + COALESCE((SELECT SUM(a.bytes) FROM archive_part a"
    " JOIN project p ON p.id = a.project_id WHERE p.organization_id = $1), 0)"
    " + COALESCE((SELECT SUM(u.total_bytes) FROM upload u"
    " JOIN project p ON p.id = u.project_id WHERE p.organization_id = $1 AND u.id <> $2"
    " AND u.status = 'uploading'), 0) AS BIGINT)";
constexpr std::string_view kEnvironments =
    "SELECT COUNT(*) FROM environment e JOIN project p ON p.id = e.project_id"
    " WHERE p.organization_id = $1 AND e.status <> 'deleted'"
    " AND NOT EXISTS (SELECT 1 FROM drill d WHERE d.throwaway_id = e.id)";
constexpr std::string_view kActiveTasks =
    "SELECT COUNT(*) FROM task t JOIN project p ON p.id = t.project_id"
    " WHERE t.status IN ('queued', 'running') AND p.organization_id = $1";

Result<std::uint64_t> Count(Transaction& transaction, std::string_view sql,
                            const std::vector<Value>& values) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows, transaction.Query(sql, values));
  return static_cast<std::uint64_t>(rows.front().Int(0));
}

std::optional<std::uint64_t> LimitOf(const Row& row, std::size_t column) {
  const std::optional<std::int64_t> limit = row.OptionalInt(column);
  return limit ? std::optional(static_cast<std::uint64_t>(*limit)) : std::nullopt;
}

Value ValueOf(const std::optional<std::uint64_t>& limit) {
  return limit ? Value(static_cast<std::int64_t>(*limit)) : Value();
}

// Whose quota binds a project.
struct Bound {
  std::string organization_id;
  std::string name;
  Quota quota;
};

Result<Bound> BoundOf(Transaction& transaction, const domain::ProjectId& project) {
  ASSIGN_OR_RETURN(
      const std::vector<Row> rows,
      transaction.Query("SELECT q.stored_bytes, q.environments, q.active_tasks, o.id, o.name"
                        " FROM project p JOIN organization o ON o.id = p.organization_id"
                        " JOIN organization_quota q ON q.organization_id = o.id WHERE p.id = $1",
                        {project.value}));
  if (rows.empty()) return Bound{};
  const Row& row = rows.front();
  return Bound{row.Text(3), row.Text(4), {LimitOf(row, 0), LimitOf(row, 1), LimitOf(row, 2)}};
}

}  // namespace

Result<Quota> QuotaStore::Get(const domain::OrganizationId& id) const {
  return ReadValue<Quota>(database_, [&](Transaction& tx) -> Result<Quota> {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     tx.Query("SELECT stored_bytes, environments, active_tasks"
                              " FROM organization_quota WHERE organization_id = $1",
                              {id.value}));
    if (rows.empty()) return Quota();
    return Quota{LimitOf(rows[0], 0), LimitOf(rows[0], 1), LimitOf(rows[0], 2)};
  });
}

Status QuotaStore::Put(const domain::OrganizationId& id, const Quota& quota) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM organization_quota WHERE organization_id = $1", {id.value}));
    if (quota == Quota()) return {};
    RETURN_IF_ERROR(tx.Execute(
        "INSERT INTO organization_quota (organization_id, stored_bytes, environments, active_tasks,"
        " updated_at) VALUES ($1, $2, $3, $4, $5)",
        {id.value, ValueOf(quota.stored_bytes), ValueOf(quota.environments),
         ValueOf(quota.active_tasks), TimeValue(clock_.Now())}));
    return {};
  });
}

Result<QuotaUse> QuotaStore::UseOf(const domain::OrganizationId& id) const {
  return ReadValue<QuotaUse>(database_, [&](Transaction& tx) -> Result<QuotaUse> {
    QuotaUse use;
    ASSIGN_OR_RETURN(use.stored_bytes, Count(tx, kStoredBytes, {id.value, ""}));
    ASSIGN_OR_RETURN(use.environments, Count(tx, kEnvironments, {id.value}));
    ASSIGN_OR_RETURN(use.active_tasks, Count(tx, kActiveTasks, {id.value}));
    return use;
  });
}

Result<StoredBytesRoom> RoomFor(Transaction& transaction, const domain::Backup& backup) {
  ASSIGN_OR_RETURN(Bound bound, BoundOf(transaction, backup.project_id));
  StoredBytesRoom room{std::move(bound.name), bound.quota};
  if (!room.quota.stored_bytes) return room;
  ASSIGN_OR_RETURN(room.used,
                   Count(transaction, kStoredBytes, {bound.organization_id, backup.id.value}));
  return room;
}

Status CheckStoredBytes(Transaction& transaction, const domain::Backup& backup, ByteCount bytes) {
  ASSIGN_OR_RETURN(const StoredBytesRoom room, RoomFor(transaction, backup));
  return room.Check(bytes);
}

Status CheckOneEnvironmentMore(Transaction& transaction, const domain::ProjectId& project) {
  ASSIGN_OR_RETURN(const Bound bound, BoundOf(transaction, project));
  if (!bound.quota.environments) return {};
  ASSIGN_OR_RETURN(const std::uint64_t used,
                   Count(transaction, kEnvironments, {bound.organization_id}));
  return domain::CheckOneEnvironmentMore(bound.name, bound.quota, used);
}

Status CheckOneTaskMore(Transaction& transaction, const domain::ProjectId& project) {
  ASSIGN_OR_RETURN(const Bound bound, BoundOf(transaction, project));
  if (!bound.quota.active_tasks) return {};
  ASSIGN_OR_RETURN(const std::uint64_t used,
                   Count(transaction, kActiveTasks, {bound.organization_id}));
  return domain::CheckOneTaskMore(bound.name, bound.quota, used);
}

}  // namespace reprise::catalog
