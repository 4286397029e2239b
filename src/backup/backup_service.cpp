#include "backup/backup_service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "backup/checked_writer.hpp"
#include "backup/open_upload.hpp"
#include "backup/url_imports.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "catalog/archive_claim.hpp"
#include "catalog/mount_store.hpp"
#include "domain/archive_owner.hpp"
#include "odoo/space.hpp"
#include "storage/object_key.hpp"
#include "storage/recipe.hpp"

namespace reprise::backup {
namespace {

using domain::Backup;
using domain::BackupStatus;

std::string DefaultName(domain::BackupType type, Instant now) {
  return fmt::format("{} {}", domain::NameOf(type), FormatInstant(now));
}

// The last part of an address's path, at most 200 bytes of it; may be empty.
std::string FileNameOf(const std::string& url) {
  const std::string path = storage::TellableUrl(url);
  return path.substr(path.rfind('/') + 1).substr(0, 200);
}

Status CheckArchiveThere(const Backup& backup) {
  if (backup.status == BackupStatus::kCompleted) return {};
  return Fail(ErrorCode::kBackupNotAvailable,
              fmt::format("the backup \"{}\" is {}, not completed", backup.name,
                          domain::NameOf(backup.status)),
              "use a backup whose status is completed");
}

// A queued task would bring the backup back, or fail on what is gone; any restore may be reading
// it, but none of another project.
Status CheckUnused(const jobs::Journal& journal, const Backup& backup) {
  ASSIGN_OR_RETURN(auto tasks, journal.List({.subject_id = backup.id.value}, {1, 100}));
  ASSIGN_OR_RETURN(const auto restores, journal.List({.project_id = backup.project_id,
                                                      .kind = domain::TaskKind::kRestore,
                                                      .status = domain::TaskStatus::kRunning},
                                                     {1, 100}));
  tasks.items.insert(tasks.items.end(), restores.items.begin(), restores.items.end());
  for (const domain::Task& task : tasks.items) {
    if (domain::HasEnded(task.status)) continue;
    return Fail(ErrorCode::kConflict,
                fmt::format("the {} task {} is {} and may use this backup",
                            domain::NameOf(task.kind), task.id.value, domain::NameOf(task.status)),
                "wait until it has ended, or cancel it");
  }
  return {};
}

}  // namespace

Status CheckSha256(const std::string& told) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (told.empty() || (told.size() == 64 && std::all_of(told.begin(), told.end(), is_digit))) {
    return {};
  }
  return Fail({ErrorCode::kInvalidArgument,
               "the sha256 must be 64 digits of lower-case hex",
               "",
               {},
               "/sha256"});
}

Result<Backup> BackupService::Order(const BackupOrder& order, const jobs::Alongside& alongside) {
  ASSIGN_OR_RETURN(const domain::Environment environment,
                   parts_.environments.Get(order.environment_id));
  if (environment.status == domain::EnvironmentStatus::kDeleted) {
    return Fail(ErrorCode::kConflict,
                fmt::format("the environment \"{}\" is removed", environment.name));
  }
  Backup backup;
  backup.id.value = NewUuid();
  backup.task_id.value = NewUuid();
  backup.created_at = parts_.clock.Now();
  backup.project_id = environment.project_id;
  backup.environment_id = environment.id;
  backup.type = order.type;
  backup.name = order.name.empty() ? DefaultName(order.type, backup.created_at) : order.name;
  backup.notes = order.notes;
  backup.include_filestore = order.include_filestore;
  ASSIGN_OR_RETURN(const domain::ArchivePlace place,
                   parts_.backups.PlaceFor(backup.project_id, order.storage_config_id));
  domain::PutAt(place,
                fmt::format("backups/{}/{}{}", environment.id.value, backup.id.value,
                            order.incremental ? storage::kRecipeEnding : ".zip"),
                backup);
  ASSIGN_OR_RETURN(
      const domain::Task task,
      parts_.journal.Submit({.kind = domain::TaskKind::kBackup,
                             .project_id = backup.project_id,
                             .subject_id = backup.id.value,
                             .target = TargetOf(environment.id),
                             .server_id = environment.server_id,
                             .idempotency_key = order.idempotency_key,
                             .id = backup.task_id,
                             .notice = alongside.notice,
                             .asker = alongside.asker},
                            [&](catalog::Transaction& transaction) -> Status {
                              // How large it will be nobody knows: see BackupMaker.
                              RETURN_IF_ERROR(catalog::CheckStoredBytes(transaction, backup, 1));
                              RETURN_IF_ERROR(catalog::BackupStore::InsertIn(transaction,
                                                                             parts_.clock, backup));
                              return alongside.WriteIn(transaction, backup.task_id);
                            }));
  // A known idempotency key gives the task, and so the backup, of the first call.
  return parts_.backups.Get(domain::BackupId{task.subject_id});
}

std::string BackupService::TargetOf(const domain::EnvironmentId& environment) {
  return "backup:" + environment.value;
}

// The default one when none is told.
Result<catalog::Project> BackupService::ProjectOf(const domain::ProjectId& told) const {
  return told.empty() ? parts_.tenancy.DefaultProject() : parts_.tenancy.GetProject(told);
}

// What all imports have in common: pending, of a project, and not stored yet.
Backup BackupService::NewImport(const catalog::Project& project, const std::string& name,
                                const std::string& notes) const {
  Backup backup;
  backup.project_id = project.id;
  backup.id.value = NewUuid();
  backup.task_id.value = NewUuid();
  backup.created_at = parts_.clock.Now();
  backup.started_at = backup.created_at;
  backup.type = domain::BackupType::kImported;
  backup.name = name.empty() ? DefaultName(backup.type, backup.created_at) : name;
  backup.notes = notes;
  return backup;
}

// Of one that Reprise will store: in the storage that was chosen, or the organization's default.
Status BackupService::PlaceImport(const domain::StorageConfigId& chosen, Backup& backup) const {
  ASSIGN_OR_RETURN(const domain::ArchivePlace place,
                   parts_.backups.PlaceFor(backup.project_id, chosen));
  domain::PutAt(place, fmt::format("imports/{}.bin", backup.id.value), backup);
  return {};
}

// Queues its task and inserts its row in one transaction, in which `first` has the first word.
Status BackupService::SubmitImport(const Backup& backup, const WriteIn& first) {
  const auto task = parts_.journal.Submit({.kind = domain::TaskKind::kImport,
                                           .project_id = backup.project_id,
                                           .subject_id = backup.id.value,
                                           .id = backup.task_id},
                                          [&](catalog::Transaction& transaction) -> Status {
                                            RETURN_IF_ERROR(first(transaction));
                                            return catalog::BackupStore::InsertIn(
                                                transaction, parts_.clock, backup);
                                          });
  return task ? Status() : Fail(task.error());
}

Result<Backup> BackupService::ImportByKey(const Context& ctx, const ImportByKeyOrder& order) {
  if (Status key = storage::CheckKey(order.storage_key); !key) {
    key.error().field = "/storage_key";
    return Fail(std::move(key.error()));
  }
  if (domain::IsPartOfUpload(order.storage_key)) {
    Error error{ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is a piece of an upload that is on its way, no archive",
                            order.storage_key),
                "complete that upload instead"};
    error.field = "/storage_key";
    return Fail(std::move(error));
  }
  const std::string_view stem =
      std::string_view(order.storage_key).substr(order.storage_key.rfind('/') + 1);
  ASSIGN_OR_RETURN(const catalog::Project project, ProjectOf(order.project_id));
  Backup backup =
      NewImport(project, order.name.empty() ? std::string(stem) : order.name, order.notes);
  backup.storage_config_id = order.storage_config_id;
  backup.storage_key = order.storage_key;
  ASSIGN_OR_RETURN(const storage::ObjectInfo info,
                   parts_.store.Stat(ctx, domain::StorageAddressOf(backup)));
  if (info.size == 0) {
    return Fail(ErrorCode::kFormatUnsupported,
                fmt::format("\"{}\" is empty in the storage", order.storage_key));
  }
  backup.compressed_size = info.size;
  RETURN_IF_ERROR(SubmitImport(backup, [&](catalog::Transaction& transaction) {
    return catalog::CheckArchiveUnclaimed(transaction, backup);
  }));
  return backup;
}

Result<Backup> BackupService::ImportByUrl(const ImportByUrlOrder& order) {
  if (parts_.urls == nullptr) return Fail(ErrorCode::kInternal, "no archives are fetched here");
  RETURN_IF_ERROR(parts_.urls->Check(order.archive));
  RETURN_IF_ERROR(CheckSha256(order.archive.sha256));
  ASSIGN_OR_RETURN(const catalog::Project project, ProjectOf(order.project_id));
  Backup backup = NewImport(
      project, order.name.empty() ? FileNameOf(order.archive.source.url) : order.name, order.notes);
  RETURN_IF_ERROR(PlaceImport(order.storage_config_id, backup));
  RETURN_IF_ERROR(SubmitImport(backup, [&](catalog::Transaction& transaction) {
    return catalog::ImportSourceStore::InsertIn(transaction, backup.id,
                                                parts_.urls->Sealed(backup.id, order.archive));
  }));
  return backup;
}

Result<Backup> BackupService::ImportUploaded(const domain::Upload& upload, const WriteIn& first) {
  ASSIGN_OR_RETURN(const catalog::Project project, ProjectOf(upload.project_id));
  Backup backup = NewImport(project, upload.name, upload.notes);
  backup.id = upload.id;
  // Its room was taken when it began, and is the backup's from now on.
  backup.compressed_size = upload.total_bytes;
  domain::PutAt(upload.place, fmt::format("imports/{}.bin", backup.id.value), backup);
  RETURN_IF_ERROR(SubmitImport(backup, first));
  return backup;
}

// Its room is kept for the task that will verify it, which does not stand in the journal before all
// is there; with what was sent at once, the room ends.
Status BackupService::StoreImport(const Context& ctx, const ImportOrder& order,
                                  const catalog::Project& project, ByteReader& archive,
                                  Backup& backup) const {
  ArrivalRoom kept(ctx, parts_.room, parts_.clock,
                   {.owner = ArrivalOwner(backup.task_id.value),
                    .project = backup.project_id,
                    .storage_config = backup.storage_config_id,
                    .needs = {{odoo::space_part::kArchive, "the archive"}},
                    .fix = "make room, or import it into another storage"});
  RETURN_IF_ERROR(kept.Begin(order.bytes));
  ASSIGN_OR_RETURN(const auto plain,
                   OpenUpload(ctx, parts_.keys, project.organization_id, archive));
  ASSIGN_OR_RETURN(const catalog::StoredBytesRoom room, parts_.backups.RoomFor(backup));
  ASSIGN_OR_RETURN(const auto object, parts_.store.Create(ctx, domain::StorageAddressOf(backup)));
  CheckedWriter checked(*object, [&](ByteCount bytes) -> Status {
    RETURN_IF_ERROR(room.Check(bytes));
    return kept.Grow(bytes);
  });
  HashingWriter hashed(checked, HashKind::kSha256);
  ASSIGN_OR_RETURN(backup.compressed_size, Copy(ctx, *plain, hashed));
  if (backup.compressed_size == 0) {
    return Fail(ErrorCode::kFormatUnsupported, "the upload is empty",
                "send the archive as the body of the request");
  }
  RETURN_IF_ERROR(hashed.Close(ctx));
  backup.sha256 = hashed.Digest();
  return {};
}

Result<Backup> BackupService::Import(const Context& ctx, const ImportOrder& order,
                                     ByteReader& archive) {
  ASSIGN_OR_RETURN(const catalog::Project project, ProjectOf(order.project_id));
  Backup backup = NewImport(project, order.name, order.notes);
  RETURN_IF_ERROR(PlaceImport(order.storage_config_id, backup));
  RETURN_IF_ERROR(StoreImport(ctx, order, project, archive, backup));
  const Status submitted = SubmitImport(backup, [&](catalog::Transaction& transaction) {
    return catalog::CheckStoredBytes(transaction, backup, backup.compressed_size);
  });
  if (!submitted) {
    [[maybe_unused]] const Status removed =
        parts_.store.Delete(ctx, domain::StorageAddressOf(backup));
    return Fail(submitted.error());
  }
  return backup;
}

Result<domain::Task> BackupService::Verify(const domain::BackupId& id) {
  ASSIGN_OR_RETURN(const Backup backup, parts_.backups.Get(id));
  RETURN_IF_ERROR(CheckArchiveThere(backup));
  return parts_.journal.Submit({.kind = domain::TaskKind::kVerify,
                                .project_id = backup.project_id,
                                .subject_id = backup.id.value,
                                .target = "verify:" + backup.id.value});
}

Result<std::unique_ptr<RandomReader>> BackupService::Download(const Context& ctx,
                                                              const domain::BackupId& id) {
  ASSIGN_OR_RETURN(const Backup backup, parts_.backups.Get(id));
  RETURN_IF_ERROR(CheckArchiveThere(backup));
  auto object = parts_.store.Open(ctx, domain::StorageAddressOf(backup));
  if (object || object.error().code != ErrorCode::kNotFound) return object;
  return Fail(ErrorCode::kBackupNotAvailable,
              fmt::format("the archive of \"{}\" is gone from storage", backup.name),
              "use another backup, and find out who removes files from the storage");
}

Result<std::optional<std::string>> BackupService::DownloadAddress(const Context& ctx,
                                                                  const domain::BackupId& id,
                                                                  std::chrono::seconds valid,
                                                                  const std::string& file_name) {
  ASSIGN_OR_RETURN(const Backup backup, parts_.backups.Get(id));
  RETURN_IF_ERROR(CheckArchiveThere(backup));
  return parts_.store.Presign(ctx, domain::StorageAddressOf(backup),
                              {.valid = valid, .file_name = file_name});
}

Result<Backup> BackupService::Delete(const Context& ctx, const domain::BackupId& id,
                                     const std::string& confirm) {
  ASSIGN_OR_RETURN(const Backup backup, parts_.backups.Get(id));
  if (confirm != backup.name && confirm != backup.id.value) {
    return Fail(ErrorCode::kConfirmationMissing,
                fmt::format("deleting \"{}\" needs its name as confirmation", backup.name),
                "give confirm=NAME");
  }
  return Remove(ctx, backup, {});
}

Result<Backup> BackupService::Expire(const Context& ctx, const domain::BackupId& id,
                                     const StillOver& still) {
  ASSIGN_OR_RETURN(const Backup backup, parts_.backups.Get(id));
  return Remove(ctx, backup, still);
}

Result<Backup> BackupService::KeepForever(const domain::BackupId& id, Keep keep) {
  return parts_.backups.Update(id, [&](Backup& row) -> Status {
    if (row.status == BackupStatus::kDeleted) {
      return Fail(ErrorCode::kConflict, fmt::format("the backup \"{}\" is deleted", row.name));
    }
    row.keep_forever = keep == Keep::kForever;
    if (row.keep_forever) row.expires_at.reset();
    return {};
  });
}

Result<Backup> BackupService::Remove(const Context& ctx, const Backup& backup,
                                     const StillOver& still) {
  RETURN_IF_ERROR(CheckUnused(parts_.journal, backup));
  const auto mark = [&](catalog::Transaction& transaction, Backup& row) -> Status {
    if (row.keep_forever) {
      return Fail(ErrorCode::kConflict,
                  fmt::format("the backup \"{}\" is marked to be kept forever", row.name),
                  "take the mark off first: reprise backup keep --off");
    }
    RETURN_IF_ERROR(catalog::MountStore::CheckNoneOfIn(transaction, row.id));
    if (still) RETURN_IF_ERROR(still(transaction));
    row.status = BackupStatus::kDeleted;
    row.expires_at.reset();
    return {};
  };
  ASSIGN_OR_RETURN(const Backup deleted, parts_.backups.UpdateWith(backup.id, mark));
  if (domain::OwnsItsArchive(backup)) {
    RETURN_IF_ERROR(parts_.store.Delete(ctx, domain::StorageAddressOf(backup)));
  }
  return deleted;
}

Status BackupService::EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                     const domain::Task& task) {
  if (task.kind != domain::TaskKind::kBackup && task.kind != domain::TaskKind::kImport) return {};
  RETURN_IF_ERROR(
      catalog::ImportSourceStore::ForgetIn(transaction, domain::BackupId{task.subject_id}));
  RETURN_IF_ERROR(catalog::BackupStore::UpdateIn(transaction, domain::BackupId{task.subject_id},
                                                 [&](domain::Backup& row) -> Status {
                                                   row.status = domain::BackupStatus::kCancelled;
                                                   row.error_message = "cancelled before it began";
                                                   row.completed_at = clock.Now();
                                                   return {};
                                                 }));
  return {};
}

}  // namespace reprise::backup
