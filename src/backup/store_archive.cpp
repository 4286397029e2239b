#include "backup/store_archive.hpp"

#include <fmt/format.h>

#include "archive/sniff.hpp"
#include "backup/checked_writer.hpp"
#include "backup/claim_bytes.hpp"
#include "backup/open_upload.hpp"
#include "base/hash.hpp"
#include "catalog/quota_store.hpp"

namespace reprise::backup {
namespace {

// The first bytes, which show whether it is a backup at all.
Result<std::string> ReadFirst(const Context& ctx, const ArrivingArchive& archive,
                              ByteReader& plain) {
  std::string first(archive::kSniffBytes, '\0');
  ASSIGN_OR_RETURN(const std::size_t count,
                   ReadFull(ctx, plain, std::as_writable_bytes(std::span(first))));
  first.resize(count);
  if (archive::Sniff(first) != archive::Content::kUnknown) return first;
  return Fail(ErrorCode::kFormatUnsupported,
              fmt::format("{} is no backup, but {}", archive.where,
                          first.empty() ? "empty" : archive::DescribeUnknown(first)),
              archive.hint_when_unknown);
}

}  // namespace

Status StoreArchive(const Context& ctx, const StoreArchiveParts& parts,
                    const ArrivingArchive& archive, ByteReader& arriving) {
  const domain::Backup& backup = archive.backup;
  HashingReader raw(arriving, HashKind::kSha256);
  ASSIGN_OR_RETURN(const auto plain, OpenUpload(ctx, parts.keys, archive.organization, raw));
  ASSIGN_OR_RETURN(const std::string first, ReadFirst(ctx, archive, *plain));
  ASSIGN_OR_RETURN(const auto object, parts.store.Create(ctx, domain::StorageAddressOf(backup)));
  ASSIGN_OR_RETURN(const catalog::StoredBytesRoom room, parts.backups.RoomFor(backup));
  CheckedWriter checked(*object, [&](ByteCount bytes) -> Status {
    RETURN_IF_ERROR(room.Check(bytes));
    return archive.room.Grow(bytes);
  });
  HashingWriter stored(checked, HashKind::kSha256);
  RETURN_IF_ERROR(stored.Write(ctx, BytesOf(first)));
  RETURN_IF_ERROR(Copy(ctx, *plain, stored));
  NullWriter nowhere;
  RETURN_IF_ERROR(Copy(ctx, raw, nowhere));  // what stands behind the end of a sealed one
  const std::string digest = raw.Digest();
  if (!archive.sha256.empty() && digest != archive.sha256) {
    return Fail(ErrorCode::kArchiveCorrupt,
                fmt::format("{} has the sha256 {}, not {} as was told", archive.where, digest,
                            archive.sha256),
                "it was altered or replaced, or the sha256 is another archive's");
  }
  RETURN_IF_ERROR(archive.check_owner());
  RETURN_IF_ERROR(parts.backups.UpdateWith(backup.id, ClaimBytes(archive.hold, stored.count())));
  RETURN_IF_ERROR(stored.Close(ctx));
  RETURN_IF_ERROR(parts.backups.UpdateWith(
      backup.id, catalog::WhileHeld(archive.hold, [&](domain::Backup& row) {
        row.sha256 = stored.Digest();
        return Status();
      })));
  return {};
}

}  // namespace reprise::backup
