#include "backup/uploads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backup/parts_reader.hpp"
#include "backup/store_archive.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/repeat.hpp"
#include "odoo/space.hpp"

namespace reprise::backup {
namespace {

using domain::Backup;
using domain::BackupId;
using domain::Upload;
using domain::UploadStatus;

constexpr std::int64_t kMostParts = 100'000;
constexpr std::size_t kPiece = 256 * 1024;
constexpr std::chrono::minutes kPause{1};
// For one part, from its first byte on, however slowly they come. Not the request's own context:
// what has come is kept also when that is over, as the line broke or the server stops.
constexpr std::chrono::hours kForOnePart{2};

Status TooMany(const Upload& upload) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("\"{}\" was to have {} bytes, and more come", upload.file_name,
                          upload.total_bytes),
              "begin a new upload with the file's size");
}

struct Line {
  const Context& ctx;
  ByteReader& bytes;
};
struct Shelf {
  const Context& ctx;
  ByteWriter& object;
};
// How many bytes came, and what ended them when those were not all: nothing wrong at the body's
// end.
struct Taken {
  ByteCount count = 0;
  Status line = {};
};

// Fails only where the shelf does.
Result<Taken> TakeUpTo(ByteCount most, Line line, Shelf shelf) {
  std::string buffer(kPiece, '\0');
  Taken taken;
  while (taken.count < most) {
    const auto room =
        std::as_writable_bytes(std::span(buffer))
            .first(static_cast<std::size_t>(std::min<ByteCount>(kPiece, most - taken.count)));
    const Result<std::size_t> read = line.bytes.Read(line.ctx, room);
    if (!read) taken.line = Fail(read.error());
    if (!read || *read == 0) break;
    RETURN_IF_ERROR(shelf.object.Write(shelf.ctx, room.first(*read)));
    taken.count += *read;
  }
  return taken;
}

}  // namespace

// An installation's own folder needs room for the parts and then for the archive; other storages do
// not tell theirs.
Status Uploads::CheckRoom(const Context& ctx, const Upload& upload) const {
  if (!upload.place.storage_config_id.empty()) return {};
  ASSIGN_OR_RETURN(const auto free, parts_.store.FreeSpace(ctx));
  if (!free || upload.total_bytes * 2 <= *free) return {};
  return Fail(ErrorCode::kNoSpace,
              fmt::format("\"{}\" has {:.1f} MB, and needs twice as much until it is stored; the "
                          "storage has room for {:.1f} MB",
                          upload.file_name, Megabytes(upload.total_bytes), Megabytes(*free)),
              "make room, import it into another storage, or send it with \"reprise backup import "
              "--at-once\", which needs the room only once and begins anew when the line breaks");
}

Status Uploads::ReserveRoom(const Context& ctx, const Upload& upload) const {
  return parts_.room.Reserve(
      ctx, {.owner = ArrivalOwner(upload.id.value),
            .project = upload.project_id,
            .storage_config = upload.place.storage_config_id,
            .needs = {{catalog::kUploadParts, "the pieces of the upload", upload.total_bytes},
                      {odoo::space_part::kArchive, "the archive that is made of them",
                       upload.total_bytes}},
            .fix = "make room, or import it into another storage"});
}

Result<Upload> Uploads::Begin(const Context& ctx, const UploadOrder& order) {
  RETURN_IF_ERROR(CheckSha256(order.sha256));
  if (order.total_bytes > parts_.most_bytes) {
    return Fail(ErrorCode::kPayloadTooLarge,
                fmt::format("an archive may have {} bytes", parts_.most_bytes));
  }
  ASSIGN_OR_RETURN(const catalog::Project project, parts_.service.ProjectOf(order.project_id));
  Upload upload;
  upload.id.value = NewUuid();
  upload.project_id = project.id;
  upload.owner = order.owner;
  upload.name = order.name.empty() ? order.file_name.substr(0, 200) : order.name;
  upload.notes = order.notes;
  upload.file_name = order.file_name;
  upload.fingerprint = order.fingerprint;
  upload.sha256 = order.sha256;
  upload.total_bytes = order.total_bytes;
  upload.idempotency_key = order.idempotency_key;
  upload.created_at = parts_.clock.Now();
  upload.expires_at = upload.created_at + parts_.kept;
  ASSIGN_OR_RETURN(upload.place,
                   parts_.backups.PlaceFor(upload.project_id, order.storage_config_id));
  RETURN_IF_ERROR(CheckRoom(ctx, upload));
  RETURN_IF_ERROR(ReserveRoom(ctx, upload));
  Result<Upload> begun = parts_.uploads.Insert(upload);
  // Refused, or begun by a former call with the same key.
  if (!begun || begun->id != upload.id) {
    RETURN_IF_ERROR(parts_.room.Free(ArrivalOwner(upload.id.value)));
  }
  return begun;
}

Result<Upload> Uploads::Append(const Context& ctx, const BackupId& id, const UploadPiece& piece,
                               ByteReader& bytes) {
  ASSIGN_OR_RETURN(Upload upload, parts_.uploads.Claim(id, piece.offset, NewUuid()));
  if (piece.bytes.value_or(0) > upload.total_bytes - upload.received_bytes) {
    return Fail(TooMany(upload).error());
  }
  while (upload.received_bytes < upload.total_bytes) {
    ASSIGN_OR_RETURN(const bool more, AddPart(ctx, upload, bytes));
    if (!more) return upload;
  }
  std::array<std::byte, 1> one{};
  ASSIGN_OR_RETURN(const std::size_t beyond, bytes.Read(ctx, one));
  if (beyond > 0) return Fail(TooMany(upload).error());
  return upload;
}

Result<bool> Uploads::AddPart(const Context& ctx, Upload& upload, ByteReader& bytes) {
  if (upload.parts >= kMostParts) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" comes in more than {} pieces", upload.file_name, kMostParts),
                "send more with each request");
  }
  const std::string address = domain::AddressOfNextPart(upload);
  const Context keeping = Context().WithTimeout(kForOnePart);
  ASSIGN_OR_RETURN(const auto object, parts_.store.Create(keeping, address));
  const ByteCount most = std::min(parts_.part_bytes, upload.total_bytes - upload.received_bytes);
  ASSIGN_OR_RETURN(const Taken taken, TakeUpTo(most, {ctx, bytes}, {keeping, *object}));
  if (taken.count > 0) {
    RETURN_IF_ERROR(object->Close(keeping));
    Result<Upload> recorded = parts_.uploads.Record(
        upload, {upload.received_bytes, taken.count, address}, parts_.clock.Now() + parts_.kept);
    if (!recorded) {
      // Only what surely is no part: after a lost answer it may be one all the same, and a hole
      // would cost the whole upload. What stays goes with the upload.
      if (recorded.error().code == ErrorCode::kConflict) {
        [[maybe_unused]] const Status removed = parts_.store.Delete(keeping, address);
      }
      return Fail(std::move(recorded.error()));
    }
    upload = *std::move(recorded);
  }
  RETURN_IF_ERROR(taken.line);
  return taken.count == most;
}

Result<Backup> Uploads::Complete(const BackupId& id) {
  ASSIGN_OR_RETURN(const Upload upload, parts_.uploads.Get(id));
  if (upload.status == UploadStatus::kUploading) {
    const auto begin = [&](catalog::Transaction& transaction) {
      return catalog::UploadStore::BeginImportIn(transaction, id);
    };
    Result<Backup> backup = parts_.service.ImportUploaded(upload, begin);
    if (backup || backup.error().code != ErrorCode::kConflict) return backup;
    // Two may have asked at once: then the backup is there.
    Result<Backup> others = parts_.backups.Get(id);
    return others ? std::move(others) : std::move(backup);
  }
  return parts_.backups.Get(id);
}

Status Uploads::Abandon(const Context& ctx, const BackupId& id) {
  RETURN_IF_ERROR(parts_.uploads.Abandon(id));
  ASSIGN_OR_RETURN(const auto upload, parts_.uploads.Find(id));
  if (!upload) return {};  // a sweep was faster
  const Status removed = Remove(ctx, *upload);
  // It is given up all the same; the sweep tries again.
  if (!removed) log::Warning("upload.not_removed", {{"error", removed.error().Sentence()}});
  return {};
}

Result<bool> Uploads::Has(const BackupId& id) const {
  ASSIGN_OR_RETURN(const auto upload, parts_.uploads.Find(id));
  return upload.has_value();
}

Status Uploads::Store(const Context& ctx, const BackupId& id, const TakeProgress& progress,
                      const OwnerCheck& check_owner, const std::optional<catalog::TaskHold>& hold) {
  ASSIGN_OR_RETURN(const Backup backup,
                   parts_.backups.UpdateWith(id, catalog::WhileHeld(hold, [](Backup& row) {
                                               row.status = domain::BackupStatus::kRunning;
                                               return Status();
                                             })));
  if (!backup.sha256.empty()) return {};  // by an attempt that died right afterwards
  ASSIGN_OR_RETURN(const Upload upload, parts_.uploads.Get(id));
  ASSIGN_OR_RETURN(const auto parts, parts_.uploads.PartsOf(id));
  ASSIGN_OR_RETURN(const catalog::Project project, parts_.tenancy.GetProject(backup.project_id));
  PartsReader reader(parts_.store, parts, [&](ByteCount done) {
    progress(
        Megabytes(done) / std::max(1e-6, Megabytes(upload.total_bytes)),
        fmt::format("{:.1f} of {:.1f} MB stored", Megabytes(done), Megabytes(upload.total_bytes)));
  });
  catalog::SpaceOwner owner = ArrivalOwner(id.value);
  owner.hold = hold;
  ArrivalRoom room(ctx, parts_.room, parts_.clock,
                   {.owner = owner,
                    .project = upload.project_id,
                    .storage_config = upload.place.storage_config_id,
                    .needs = {{odoo::space_part::kArchive, "the archive"}},
                    .fix = "make room, or import it into another storage"});
  // What it has kept since it began, in its old place.
  RETURN_IF_ERROR(room.Begin(upload.total_bytes));
  return StoreArchive(ctx, {.backups = parts_.backups, .store = parts_.store, .keys = parts_.keys},
                      {.backup = backup,
                       .organization = project.organization_id,
                       .sha256 = upload.sha256,
                       .where = fmt::format("the file \"{}\"", upload.file_name),
                       .hint_when_unknown = "choose the archive of a backup",
                       .room = room,
                       .check_owner = check_owner,
                       .hold = hold},
                      reader);
}

// All that lies there, also what was written and never recorded.
Status Uploads::Remove(const Context& ctx, const Upload& upload) {
  ASSIGN_OR_RETURN(const auto objects, parts_.store.List(ctx, domain::AddressOfParts(upload)));
  const std::string& storage = upload.place.storage_config_id.value;
  for (const storage::ObjectInfo& object : objects) {
    RETURN_IF_ERROR(
        parts_.store.Delete(ctx, storage.empty() ? object.key : storage + ":" + object.key));
  }
  RETURN_IF_ERROR(parts_.room.Free(ArrivalOwner(upload.id.value)));
  return parts_.uploads.ForgetParts(upload.id);
}

Status Uploads::Sweep(const Context& ctx) {
  ASSIGN_OR_RETURN(const auto over, parts_.uploads.TakeOver());
  Status worst;
  for (const Upload& upload : over) {
    // One whose storage does not answer must not keep the others.
    if (Status removed = Remove(ctx, upload); !removed) worst = std::move(removed);
  }
  return worst;
}

void Uploads::Run(const std::stop_token& stop) {
  RepeatUntilStopped(stop, kPause, "uploads.sweep_failed",
                     [&](const Context& ctx) { return Sweep(ctx); });
}

}  // namespace reprise::backup
