#include "catalog/upload_store.hpp"

#include <fmt/format.h>

#include <array>

#include "catalog/quota_store.hpp"
#include "catalog/table.hpp"

namespace reprise::catalog {
namespace {

using domain::BackupId;
using domain::Upload;
using domain::UploadStatus;

constexpr std::array<std::string_view, 18> kColumns = {
    "id",          "project_id",     "owner",       "name",
    "notes",       "file_name",      "fingerprint", "sha256",
    "total_bytes", "received_bytes", "parts",       "storage_config_id",
    "is_sealed",   "status",         "claim",       "idempotency_key",
    "created_at",  "expires_at"};
constexpr Table kTable = {"upload", "upload", kColumns};

std::vector<Value> ToValues(const Upload& upload) {
  return {upload.id.value,
          upload.project_id.value,
          upload.owner,
          upload.name,
          upload.notes,
          upload.file_name,
          upload.fingerprint,
          upload.sha256,
          static_cast<std::int64_t>(upload.total_bytes),
          static_cast<std::int64_t>(upload.received_bytes),
          upload.parts,
          upload.place.storage_config_id.value,
          std::int64_t{upload.place.is_sealed ? 1 : 0},
          std::string(NameOf(upload.status)),
          upload.claim,
          upload.idempotency_key,
          TimeValue(upload.created_at),
          TimeValue(upload.expires_at)};
}

Result<Upload> FromRow(const Row& row) {
  RowReader reader(row);
  Upload upload;
  upload.id.value = reader.Text();
  upload.project_id.value = reader.Text();
  upload.owner = reader.Text();
  upload.name = reader.Text();
  upload.notes = reader.Text();
  upload.file_name = reader.Text();
  upload.fingerprint = reader.Text();
  upload.sha256 = reader.Text();
  upload.total_bytes = static_cast<ByteCount>(reader.Int());
  upload.received_bytes = static_cast<ByteCount>(reader.Int());
  upload.parts = reader.Int();
  upload.place.storage_config_id.value = reader.Text();
  upload.place.is_sealed = reader.Bool();
  upload.status = reader.Named<UploadStatus>(domain::ParseUploadStatus);
  upload.claim = reader.Text();
  upload.idempotency_key = reader.Text();
  upload.created_at = reader.Time();
  upload.expires_at = reader.Time();
  RETURN_IF_ERROR(reader.Finish(kTable));
  return upload;
}

Result<Upload> GetIn(Transaction& tx, const BackupId& id) {
  ASSIGN_OR_RETURN(const Row row, GetRow(tx, kTable, id.value));
  return FromRow(row);
}

Result<std::vector<Upload>> Those(Transaction& tx, const std::string& condition,
                                  const std::vector<Value>& values) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows, tx.Query(kTable.SelectSql() + condition, values));
  std::vector<Upload> all;
  for (const Row& row : rows) {
    ASSIGN_OR_RETURN(all.emplace_back(), FromRow(row));
  }
  return all;
}

Status CheckTakesBytes(const Upload& upload) {
  if (upload.status == UploadStatus::kUploading) return {};
  return Fail(ErrorCode::kConflict,
              fmt::format("the upload of \"{}\" is {}: it takes no more bytes", upload.file_name,
                          NameOf(upload.status)),
              upload.status == UploadStatus::kAbandoned ? "begin a new one" : "");
}

}  // namespace

Result<Upload> UploadStore::Insert(const Upload& upload) {
  return WriteValue<Upload>(database_, [&](Transaction& tx) -> Result<Upload> {
    if (!upload.idempotency_key.empty()) {
      ASSIGN_OR_RETURN(std::vector<Upload> former,
                       Those(tx, " WHERE owner = $1 AND idempotency_key = $2",
                             {upload.owner, upload.idempotency_key}));
      if (!former.empty()) return std::move(former.front());
    }
    domain::Backup becomes;
    becomes.id = upload.id;
    becomes.project_id = upload.project_id;
    RETURN_IF_ERROR(CheckStoredBytes(tx, becomes, upload.total_bytes));
    RETURN_IF_ERROR(tx.Execute(kTable.InsertSql(), ToValues(upload)));
    return upload;
  });
}

Result<Upload> UploadStore::Get(const BackupId& id) const {
  return ReadValue<Upload>(database_, [&](Transaction& tx) { return GetIn(tx, id); });
}

Result<std::optional<Upload>> UploadStore::Find(const BackupId& id) const {
  using Found = std::optional<Upload>;
  return ReadValue<Found>(database_, [&](Transaction& tx) -> Result<Found> {
    ASSIGN_OR_RETURN(const std::vector<Upload> all, Those(tx, " WHERE id = $1", {id.value}));
    return all.empty() ? Found() : Found(all.front());
  });
}

Result<Page<Upload>> UploadStore::List(const Filter& filter, PageRequest page) const {
  Conditions conditions;
  if (filter.owner) conditions.Add("owner =", *filter.owner);
  conditions.In("project_id", filter.among);
  conditions.EqualName("status", filter.status);
  return ListPage(database_, kTable, conditions, page, FromRow);
}

Result<std::vector<UploadStore::Part>> UploadStore::PartsOf(const BackupId& id) const {
  return ReadValue<std::vector<Part>>(database_, [&](Transaction& tx) -> Result<std::vector<Part>> {
    ASSIGN_OR_RETURN(const std::vector<Row> rows,
                     tx.Query("SELECT begin_byte, bytes, address FROM upload_part"
                              " WHERE upload_id = $1 ORDER BY begin_byte",
                              {id.value}));
    std::vector<Part> parts;
    for (const Row& row : rows) {
      parts.push_back(
          {static_cast<ByteCount>(row.Int(0)), static_cast<ByteCount>(row.Int(1)), row.Text(2)});
    }
    return parts;
  });
}

Result<Upload> UploadStore::Claim(const BackupId& id, ByteCount offset, const std::string& claim) {
  return WriteValue<Upload>(database_, [&](Transaction& tx) -> Result<Upload> {
    ASSIGN_OR_RETURN(Upload upload, GetIn(tx, id));
    RETURN_IF_ERROR(CheckTakesBytes(upload));
    if (upload.received_bytes != offset) {
      return Fail(
          ErrorCode::kConflict,
          fmt::format("the upload stands at byte {}, not {}", upload.received_bytes, offset),
          "go on where Upload-Offset says");
    }
    upload.claim = claim;
    RETURN_IF_ERROR(
        tx.Execute("UPDATE upload SET claim = $2 WHERE id = $1", {id.value, upload.claim}));
    return upload;
  });
}

Result<Upload> UploadStore::Record(const Upload& before, const Part& part, Instant expires) {
  return WriteValue<Upload>(database_, [&](Transaction& tx) -> Result<Upload> {
    Upload after = before;
    after.received_bytes += part.bytes;
    after.parts += 1;
    after.expires_at = expires;
    ASSIGN_OR_RETURN(const std::int64_t changed,
                     tx.Execute("UPDATE upload SET received_bytes = $2, parts = $3, expires_at = $4"
                                " WHERE id = $1 AND claim = $5 AND received_bytes = $6"
                                " AND status = 'uploading'",
                                {before.id.value, static_cast<std::int64_t>(after.received_bytes),
                                 after.parts, TimeValue(expires), before.claim,
                                 static_cast<std::int64_t>(before.received_bytes)}));
    if (changed == 0) {
      return Fail(ErrorCode::kConflict,
                  fmt::format("another request goes on with the upload of \"{}\", or it was given "
                              "up; this one's bytes from {} on are not kept",
                              before.file_name, before.received_bytes),
                  "ask where it stands before you send more");
    }
    RETURN_IF_ERROR(tx.Execute(
        "INSERT INTO upload_part (upload_id, begin_byte, bytes, address) VALUES ($1, $2, $3, $4)",
        {before.id.value, static_cast<std::int64_t>(part.begin),
         static_cast<std::int64_t>(part.bytes), part.address}));
    return after;
  });
}

Status UploadStore::BeginImportIn(Transaction& transaction, const BackupId& id) {
  ASSIGN_OR_RETURN(const Upload upload, GetIn(transaction, id));
  RETURN_IF_ERROR(CheckTakesBytes(upload));
  if (upload.received_bytes != upload.total_bytes) {
    return Fail(ErrorCode::kConflict,
                fmt::format("{} of {} bytes of \"{}\" have come", upload.received_bytes,
                            upload.total_bytes, upload.file_name),
                "send the rest first");
  }
  RETURN_IF_ERROR(transaction.Execute(
      "UPDATE upload SET status = 'importing', claim = '' WHERE id = $1", {id.value}));
  return {};
}

Status UploadStore::Abandon(const BackupId& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    ASSIGN_OR_RETURN(const Upload upload, GetIn(tx, id));
    if (upload.status == UploadStatus::kAbandoned) return {};
    RETURN_IF_ERROR(CheckTakesBytes(upload));
    RETURN_IF_ERROR(tx.Execute(
        "UPDATE upload SET status = 'abandoned', claim = '', idempotency_key = '' WHERE id = $1",
        {id.value}));
    return {};
  });
}

Result<std::vector<Upload>> UploadStore::TakeOver() {
  const std::string over =
      " WHERE status = 'abandoned' OR (status = 'uploading' AND expires_at < $1)"
      " OR (status = 'importing' AND NOT EXISTS"
      " (SELECT 1 FROM task t WHERE t.subject_id = upload.id"
      " AND t.kind = 'import' AND t.status IN ('queued', 'running')))";
  const std::vector<Value> now = {TimeValue(clock_.Now())};
  // Most of the time there is nothing to write.
  ASSIGN_OR_RETURN(const std::vector<Upload> found,
                   ReadValue<std::vector<Upload>>(
                       database_, [&](Transaction& tx) { return Those(tx, over, now); }));
  if (found.empty()) return found;
  return WriteValue<std::vector<Upload>>(
      database_, [&](Transaction& tx) -> Result<std::vector<Upload>> {
        RETURN_IF_ERROR(
            tx.Execute("UPDATE upload SET status = 'abandoned', claim = '', idempotency_key = ''"
                       " WHERE status = 'uploading' AND expires_at < $1",
                       now));
        return Those(tx, over, now);
      });
}

Status UploadStore::ForgetParts(const BackupId& id) {
  return database_.Write([&](Transaction& tx) -> Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM upload_part WHERE upload_id = $1", {id.value}));
    RETURN_IF_ERROR(
        tx.Execute("DELETE FROM upload WHERE id = $1 AND status = 'abandoned'", {id.value}));
    RETURN_IF_ERROR(tx.Execute(
        "UPDATE upload SET status = 'ended', idempotency_key = '' WHERE id = $1", {id.value}));
    return {};
  });
}

}  // namespace reprise::catalog
