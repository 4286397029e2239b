#include <array>

#include "catalog/json_columns.hpp"
#include "catalog/stores.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

constexpr std::array<std::string_view, 27> kColumns = {"id",
                                                       "project_id",
                                                       "environment_id",
                                                       "task_id",
                                                       "name",
                                                       "notes",
                                                       "status",
                                                       "type",
                                                       "include_filestore",
                                                       "database_size",
                                                       "filestore_size",
                                                       "total_size",
                                                       "compressed_size",
                                                       "storage_key",
                                                       "sha256",
                                                       "format",
                                                       "snapshot",
                                                       "is_verified",
                                                       "verified_at",
                                                       "started_at",
                                                       "completed_at",
                                                       "expires_at",
                                                       "error_message",
                                                       "created_at",
                                                       "storage_config_id",
                                                       "manifest_sha256",
                                                       "keep_forever"};
constexpr Table kTable = {"backup", "backup", kColumns};

Value SizeValue(ByteCount bytes) { return static_cast<std::int64_t>(bytes); }

std::vector<Value> ToValues(const domain::Backup& backup) {
  return {backup.id.value,
          backup.project_id.value,
          OptionalIdValue(backup.environment_id.value),
          backup.task_id.value,
          backup.name,
          backup.notes,
          std::string(NameOf(backup.status)),
          std::string(NameOf(backup.type)),
          std::int64_t{backup.include_filestore},
          SizeValue(backup.database_size),
          SizeValue(backup.filestore_size),
          SizeValue(backup.total_size),
          SizeValue(backup.compressed_size),
          backup.storage_key,
          backup.sha256,
          backup.format,
          SnapshotToJson(backup.snapshot),
          std::int64_t{backup.is_verified},
          OptionalTimeValue(backup.verified_at),
          OptionalTimeValue(backup.started_at),
          OptionalTimeValue(backup.completed_at),
          OptionalTimeValue(backup.expires_at),
          backup.error_message,
          TimeValue(backup.created_at),
          OptionalIdValue(backup.storage_config_id.value),
          backup.manifest_sha256,
          std::int64_t{backup.keep_forever}};
}

Result<domain::Backup> FromRow(const Row& row) {
  RowReader reader(row);
  const auto size = [&] { return static_cast<ByteCount>(reader.Int()); };
  domain::Backup backup;
  backup.id.value = reader.Text();
  backup.project_id.value = reader.Text();
  backup.environment_id.value = reader.Text();
  backup.task_id.value = reader.Text();
  backup.name = reader.Text();
  backup.notes = reader.Text();
  backup.status = reader.Named(domain::ParseBackupStatus);
  backup.type = reader.Named(domain::ParseBackupType);
  backup.include_filestore = reader.Bool();
  backup.database_size = size();
  backup.filestore_size = size();
  backup.total_size = size();
  backup.compressed_size = size();
  backup.storage_key = reader.Text();
  backup.sha256 = reader.Text();
  backup.format = reader.Text();
  backup.snapshot = reader.Parsed(SnapshotFromJson);
  backup.is_verified = reader.Bool();
  backup.verified_at = reader.OptionalTime();
  backup.started_at = reader.OptionalTime();
  backup.completed_at = reader.OptionalTime();
  backup.expires_at = reader.OptionalTime();
  backup.error_message = reader.Text();
  backup.created_at = reader.Time();
  backup.storage_config_id.value = reader.Text();
  backup.manifest_sha256 = reader.Text();
  backup.keep_forever = reader.Bool();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return backup;
}

}  // namespace

Status BackupStore::InsertIn(Transaction& transaction, const Clock& clock,
                             const domain::Backup& backup) {
  domain::Backup row = backup;
  if (!row.storage_config_id.empty()) {
    // Looked at here, so that nobody removes it between its choice and this.
    ASSIGN_OR_RETURN(const std::vector<Row> there,
                     transaction.Query("SELECT 1 FROM storage_config WHERE id = $1",
                                       {row.storage_config_id.value}));
    if (there.empty()) {
      return Fail(ErrorCode::kConflict, "the storage that the backup was to go to was removed",
                  "try again");
    }
  }
  if (row.created_at == Instant{}) row.created_at = clock.Now();
  RETURN_IF_ERROR(transaction.Execute(kTable.InsertSql(), ToValues(row)));
  return {};
}

Result<domain::Backup> BackupStore::GetIn(Transaction& transaction, const domain::BackupId& id) {
  ASSIGN_OR_RETURN(const Row row, GetRow(transaction, kTable, id.value));
  return FromRow(row);
}

Result<domain::Backup> BackupStore::UpdateIn(Transaction& transaction, const domain::BackupId& id,
                                             const std::function<Status(domain::Backup&)>& change) {
  ASSIGN_OR_RETURN(domain::Backup backup, GetIn(transaction, id));
  RETURN_IF_ERROR(change(backup));
  backup.id = id;
  RETURN_IF_ERROR(transaction.Execute(kTable.UpdateSql(), ToValues(backup)));
  return backup;
}

Status BackupStore::Insert(const domain::Backup& backup) {
  return database_.Write([&](Transaction& tx) { return InsertIn(tx, clock_, backup); });
}

Result<domain::ArchivePlace> BackupStore::PlaceFor(const domain::ProjectId& project,
                                                   const domain::StorageConfigId& wanted) const {
  const bool is_told = !wanted.empty();
  const std::string sql = is_told ? "SELECT id, encrypts_archives FROM storage_config WHERE id = $1"
                                  : "SELECT s.id, s.encrypts_archives FROM storage_config s"
                                    " JOIN project p ON p.organization_id = s.organization_id"
                                    " WHERE p.id = $1 AND s.is_default = 1";
  return ReadValue<domain::ArchivePlace>(
      database_, [&](Transaction& tx) -> Result<domain::ArchivePlace> {
        ASSIGN_OR_RETURN(const std::vector<Row> rows,
                         tx.Query(sql, {is_told ? wanted.value : project.value}));
        if (!rows.empty()) {
          return domain::ArchivePlace{{rows.front().Text(0)}, rows.front().Int(1) != 0};
        }
        if (!is_told) return domain::ArchivePlace{};
        return Fail(ErrorCode::kNotFound, "the storage that the backup was to go to is not there");
      });
}

Result<StoredBytesRoom> BackupStore::RoomFor(const domain::Backup& backup) const {
  return ReadValue<StoredBytesRoom>(database_,
                                    [&](Transaction& tx) { return catalog::RoomFor(tx, backup); });
}

Result<domain::Backup> BackupStore::Get(const domain::BackupId& id) const {
  return ReadValue<domain::Backup>(database_, [&](Transaction& tx) { return GetIn(tx, id); });
}

Result<Page<domain::Backup>> BackupStore::List(const BackupFilter& filter, PageRequest page) const {
  Conditions conditions;
  conditions.Equal("project_id", filter.project_id);
  conditions.In("project_id", filter.among);
  conditions.Equal("environment_id", filter.environment_id);
  conditions.Equal("storage_config_id", filter.storage_config_id);
  conditions.EqualName("status", filter.status);
  conditions.EqualName("type", filter.type);
  if (!filter.with_deleted) {
    conditions.Add("status <>", std::string(NameOf(domain::BackupStatus::kDeleted)));
  }
  return ListPage(database_, kTable, conditions, page, FromRow);
}

Result<domain::Backup> BackupStore::UpdateWith(
    const domain::BackupId& id,
    const std::function<Status(Transaction&, domain::Backup&)>& change) {
  return WriteValue<domain::Backup>(database_, [&](Transaction& tx) {
    return UpdateIn(tx, id, [&](domain::Backup& row) { return change(tx, row); });
  });
}

Result<domain::Backup> BackupStore::Update(const domain::BackupId& id,
                                           const std::function<Status(domain::Backup&)>& change) {
  return WriteValue<domain::Backup>(database_,
                                    [&](Transaction& tx) { return UpdateIn(tx, id, change); });
}

}  // namespace reprise::catalog
