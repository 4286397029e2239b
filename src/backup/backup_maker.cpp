#include "backup/backup_maker.hpp"

#include <fmt/format.h>

#include "backup/claim_bytes.hpp"
#include "backup/describe_proof.hpp"
#include "backup/may_complete.hpp"
#include "backup/take_incremental.hpp"
#include "base/hash.hpp"
#include "base/if_found.hpp"
#include "domain/archive_owner.hpp"
#include "odoo/space.hpp"
#include "proof/document.hpp"

namespace reprise::backup {
namespace {

using domain::Backup;
using domain::BackupStatus;

std::string ImageOf(const archive::Manifest& manifest, const std::string& role) {
  const auto found = manifest.images.find(role);
  return found == manifest.images.end() ? std::string() : found->second;
}

domain::EnvironmentSnapshot SnapshotOf(const archive::Manifest& manifest) {
  domain::EnvironmentSnapshot snapshot;
  snapshot.name = manifest.environment_name;
  // What does not say what it was is treated as production: copies of it are made safe.
  snapshot.type = domain::ParseEnvironmentType(manifest.environment_type)
                      .value_or(domain::EnvironmentType::kProduction);
  snapshot.odoo_version = manifest.odoo_version;
  snapshot.db_name = manifest.db_name;
  snapshot.postgres_version = manifest.postgres_version;
  snapshot.extensions = manifest.extensions;
  snapshot.modules = manifest.modules;
  snapshot.images = {ImageOf(manifest, "odoo"), ImageOf(manifest, "db"),
                     ImageOf(manifest, "pgbouncer")};
  return snapshot;
}

Result<std::string> Sha256Of(const Context& ctx, RandomReader& object) {
  RangeReader all(object, 0, object.size());
  NullWriter nowhere;
  HashingWriter hashed(nowhere, HashKind::kSha256);
  RETURN_IF_ERROR(Copy(ctx, all, hashed));
  RETURN_IF_ERROR(hashed.Close(ctx));
  return hashed.Digest();
}

}  // namespace

Status BackupMaker::ReserveRoom(const Context& ctx, const domain::BackupId& id,
                                const odoo::HelperOwner& owner,
                                const std::optional<catalog::TaskHold>& hold) {
  if (!hold) return {};
  ASSIGN_OR_RETURN(const Backup backup, parts_.backups.Get(id));
  if (!parts_.room.IsTold(backup.storage_config_id)) return {};
  ASSIGN_OR_RETURN(ByteCount bytes, ExpectBytes(backup));
  if (bytes == 0) bytes = MeasureFirst(ctx, backup, owner).value_or(0);
  RETURN_IF_ERROR(ctx.Check());
  const std::string named = fmt::format("the backup \"{}\"", backup.name);
  return parts_.room.Reserve(
      ctx, {.owner = {hold->task, hold, named},
            .project = backup.project_id,
            .storage_config = backup.storage_config_id,
            .needs = {{odoo::space_part::kArchive, named, bytes}},
            .fix = "free space on it: delete backups that are not needed any more"});
}

// What cannot be looked at has no measure; taking the backup tells why.
Result<ByteCount> BackupMaker::MeasureFirst(const Context& ctx, const Backup& backup,
                                            const odoo::HelperOwner& owner) {
  ASSIGN_OR_RETURN(const domain::Environment environment,
                   parts_.environments.Get(backup.environment_id));
  ASSIGN_OR_RETURN(const auto engine, parts_.engines.Of(environment.server_id));
  if (!backup.include_filestore) return MeasureFirstArchive(ctx, *engine, environment, nullptr);
  ASSIGN_OR_RETURN(const odoo::Glimpse glimpse,
                   odoo::Glimpse::Into(ctx, *engine, environment.containers.odoo,
                                       {owner.Name("look"), owner.labels()}));
  return MeasureFirstArchive(ctx, *engine, environment, &glimpse);
}

Result<ByteCount> BackupMaker::ExpectBytes(const Backup& backup) const {
  if (!parts_.incremental || !IsIncremental(backup)) {
    return ExpectArchiveBytes(parts_.backups, backup.environment_id);
  }
  ASSIGN_OR_RETURN(const auto last, parts_.backups.List({.environment_id = backup.environment_id,
                                                         .status = BackupStatus::kCompleted},
                                                        {1, 1}));
  // Where nothing can be taken from the last one, all is stored anew.
  if (last.items.empty() ||
      !IsBaseFor(last.items.front(), backup, last.items.front().snapshot.db_name)) {
    return ExpectArchiveBytes(parts_.backups, backup.environment_id);
  }
  ASSIGN_OR_RETURN(const auto parts, parts_.incremental->rows.UsedBy(last.items.front().id));
  ByteCount made = 0;
  for (const catalog::ArchivePart& part : parts) {
    if (part.made_by == last.items.front().id) made += part.bytes;
  }
  return WithSpare(made);
}

Status BackupMaker::FreeRoom(const std::optional<catalog::TaskHold>& hold) {
  return hold ? parts_.room.Free({hold->task, hold, {}}) : Status();
}

Status BackupMaker::Take(const Context& ctx, const domain::BackupId& id,
                         const odoo::HelperOwner& owner, const TakeProgress& progress,
                         const std::function<void(std::string)>& warn,
                         const OwnerCheck& check_owner,
                         const std::optional<catalog::TaskHold>& hold) {
  ASSIGN_OR_RETURN(
      const Backup backup,
      parts_.backups.UpdateWith(id, catalog::WhileHeld(hold, [&](Backup& row) -> Status {
                                  row.status = BackupStatus::kRunning;
                                  if (!row.started_at) row.started_at = parts_.clock.Now();
                                  return {};
                                })));
  ASSIGN_OR_RETURN(const domain::Environment environment,
                   parts_.environments.Get(backup.environment_id));
  ASSIGN_OR_RETURN(const auto engine, parts_.engines.Of(environment.server_id));
  // The first to have the task has nobody's to clean up.
  if (owner.epoch > 1) RETURN_IF_ERROR(CleanUpTake(ctx, *engine, environment, owner));
  TakeOptions options{.key = domain::StorageAddressOf(backup),
                      .include_filestore = backup.include_filestore,
                      .owner = owner,
                      .check_owner = check_owner,
                      .claim_bytes = [&](ByteCount bytes) -> Status {
                        RETURN_IF_ERROR(parts_.backups.UpdateWith(id, ClaimBytes(hold, bytes)));
                        return {};
                      }};
  ASSIGN_OR_RETURN(const catalog::StoredBytesRoom room, parts_.backups.RoomFor(backup));
  if (domain::IsBoundByQuota(backup.type)) {
    options.check_bytes = [&room](ByteCount bytes) { return room.Check(bytes); };
  }
  auto taken = TakeAll(ctx, backup, *engine, environment, options, progress, warn, hold);
  if (!taken) return Fail(std::move(taken.error()).While("backing up " + environment.name));
  for (const std::string& warning : taken->warnings) warn(warning);
  RETURN_IF_ERROR(check_owner());
  RETURN_IF_ERROR(
      parts_.backups.UpdateWith(id, catalog::WhileHeld(hold, [&](Backup& row) -> Status {
                                  row.sha256 = taken->sha256;
                                  row.compressed_size = taken->archive_bytes;
                                  row.database_size = taken->manifest.dump_bytes;
                                  row.filestore_size = taken->manifest.filestore_bytes;
                                  row.total_size = row.database_size + row.filestore_size;
                                  row.snapshot = SnapshotOf(taken->manifest);
                                  row.format = "reprise";
                                  return {};
                                })));
  return {};
}

Result<TakenBackup> BackupMaker::TakeAll(const Context& ctx, const Backup& backup,
                                         docker::Engine& engine,
                                         const domain::Environment& environment,
                                         TakeOptions& options, const TakeProgress& progress,
                                         const std::function<void(std::string)>& warn,
                                         const std::optional<catalog::TaskHold>& hold) {
  std::optional<IncrementalTake> incremental;
  if (IsIncremental(backup)) {
    if (!parts_.incremental) return Fail(ErrorCode::kInternal, "no incremental backups here");
    incremental.emplace(IncrementalTake{parts_.incremental->rows, parts_.backups,
                                        parts_.incremental->raw, backup, hold});
    options.incremental = &*incremental;
  }
  auto taken = TakeBackup(ctx, engine, parts_.store, environment, options, progress);
  if (taken || taken.error().code != ErrorCode::kProofFailed) return taken;
  // A damaged environment is the one that needs its backup most: all that is whole is taken.
  warn(taken.error().message);
  options.leave_out_damaged = true;
  return TakeBackup(ctx, engine, parts_.store, environment, options, progress);
}

Result<BackupMaker::Reading> BackupMaker::HowToRead(const Context& ctx, const Backup& backup,
                                                    RandomReader& object,
                                                    const TakeProgress& progress,
                                                    const std::optional<catalog::TaskHold>& hold) {
  Reading reading{backup.sha256, {}};
  if (parts_.incremental && IsIncremental(backup)) {
    const bool is_ours = domain::OwnsItsArchive(backup);
    if (is_ours && backup.status != BackupStatus::kCompleted) {
      ASSIGN_OR_RETURN(auto before,
                       FilesReadBefore(ctx, *parts_.incremental, parts_.store, backup));
      reading.reads = [before = std::move(before)](const archive::FilestoreFile& file) {
        return !before.contains(file.path);
      };
      return reading;
    }
    if (!is_ours) RETURN_IF_ERROR(UseKnownParts(ctx, *parts_.incremental, backup, hold));
  }
  if (!reading.sha256.empty()) return reading;
  // Nobody has seen all of its bytes yet: it was registered where it lay, or is composed.
  progress(0, "reading it for its sha256");
  ASSIGN_OR_RETURN(reading.sha256, Sha256Of(ctx, object));
  return reading;
}

Result<archive::VerifyReport> BackupMaker::ReadBack(const Context& ctx, const Backup& backup,
                                                    const TakeProgress& progress,
                                                    const std::optional<catalog::TaskHold>& hold,
                                                    std::string& sha256) {
  ASSIGN_OR_RETURN(const auto object, parts_.store.Open(ctx, domain::StorageAddressOf(backup)));
  if (backup.compressed_size != 0 && object->size() != backup.compressed_size) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("the archive of \"{}\" has {} bytes in storage, but {} were written",
                            backup.name, object->size(), backup.compressed_size),
                "it was cut off or replaced; use another backup");
  }
  ASSIGN_OR_RETURN(Reading reading, HowToRead(ctx, backup, *object, progress, hold));
  sha256 = std::move(reading.sha256);
  const auto show = [&](ByteCount done, ByteCount all) {
    progress(static_cast<double>(done) / static_cast<double>(std::max<ByteCount>(all, 1)),
             fmt::format("{:.1f} of {:.1f} MB read back", static_cast<double>(done) / 1e6,
                         static_cast<double>(all) / 1e6));
  };
  return archive::VerifyBackup(ctx, *object, show, reading.reads);
}

Status BackupMaker::Verify(const Context& ctx, const domain::BackupId& id,
                           const TakeProgress& progress,
                           const std::function<void(std::string)>& warn,
                           const OwnerCheck& check_owner,
                           const std::optional<catalog::TaskHold>& hold) {
  ASSIGN_OR_RETURN(const Backup backup, parts_.backups.Get(id));
  std::string sha256;
  auto report = ReadBack(ctx, backup, progress, hold, sha256);
  if (!report && parts_.incremental && IsIncremental(backup) &&
      report.error().code == ErrorCode::kArchiveCorrupt) {
    report = Fail(WithDamagedParts(ctx, *parts_.incremental, backup, std::move(report.error())));
  }
  if (!report) return Fail(std::move(report.error()).While("verifying " + backup.name));
  for (const std::string& warning : report->warnings) warn(warning);
  RETURN_IF_ERROR(check_owner());
  RETURN_IF_ERROR(KeepProof(id, sha256, *report));
  const auto record = [&](catalog::Transaction& tx, Backup& row) -> Status {
    RETURN_IF_ERROR(catalog::CheckHold(tx, hold));
    RETURN_IF_ERROR(CheckMayComplete(tx, row));
    row.sha256 = sha256;
    row.format = archive::NameOf(report->format);
    row.manifest_sha256 = report->manifest_sha256;
    row.include_filestore = report->has_filestore;
    row.compressed_size = report->archive_bytes;
    row.database_size = report->dump_bytes;
    row.filestore_size = report->filestore_bytes;
    row.total_size = row.database_size + row.filestore_size;
    row.snapshot = SnapshotOf(report->manifest);
    row.is_verified = true;
    row.verified_at = parts_.clock.Now();
    row.status = BackupStatus::kCompleted;
    if (!row.completed_at) row.completed_at = row.verified_at;
    row.error_message.clear();
    return {};
  };
  RETURN_IF_ERROR(parts_.backups.UpdateWith(id, record));
  return {};
}

Status BackupMaker::KeepProof(const domain::BackupId& id, const std::string& sha256,
                              const archive::VerifyReport& report) {
  if (parts_.proofs == nullptr) return {};
  return parts_.proofs->Put(
      id, proof::Seal(DescribeProof(id, sha256, report, parts_.clock.Now()), parts_.signer));
}

Status BackupMaker::Discard(const Context& ctx, const domain::BackupId& id,
                            const odoo::HelperOwner& owner) {
  ASSIGN_OR_RETURN(const Backup backup, parts_.backups.Get(id));
  if (backup.status == BackupStatus::kCompleted) return {};
  ASSIGN_OR_RETURN(const auto environment, IfFound(parts_.environments.Get(backup.environment_id)));
  if (environment) {
    ASSIGN_OR_RETURN(const auto engine, parts_.engines.Of(environment->server_id));
    RETURN_IF_ERROR(CleanUpTake(ctx, *engine, *environment, owner));
  }
  if (!domain::OwnsItsArchive(backup)) return {};
  return parts_.store.Delete(ctx, domain::StorageAddressOf(backup));
}

Status BackupMaker::MarkEnded(const domain::BackupId& id, const Error& error,
                              const std::optional<catalog::TaskHold>& hold) {
  RETURN_IF_ERROR(parts_.backups.UpdateWith(
      id, catalog::WhileHeld(hold, [&](Backup& row) -> Status {
        if (row.status == BackupStatus::kDeleted) return {};
        if (row.status == BackupStatus::kCompleted) {
          // Its own task has verified it; only the answer to that write was lost.
          if (hold && row.task_id == hold->task) return {};
          // An older one that does not verify any more. It stays completed, to be verified again.
          if (error.code == ErrorCode::kCancelled) return {};
          row.is_verified = false;
          row.error_message = error.Sentence();
          return {};
        }
        row.status =
            error.code == ErrorCode::kCancelled ? BackupStatus::kCancelled : BackupStatus::kFailed;
        row.error_message = error.Sentence();
        row.completed_at = parts_.clock.Now();
        return {};
      })));
  return {};
}

}  // namespace reprise::backup
