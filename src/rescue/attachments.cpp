#include "rescue/attachments.hpp"

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/spool_file.hpp"
#include "domain/name_table.hpp"
#include "rescue/attachment_rows.hpp"
#include "rescue/bringing.hpp"
#include "rescue/row_content.hpp"
#include "restore/before_steps.hpp"

namespace reprise::rescue {
namespace {

constexpr std::int64_t kLookedAtOnce = 2000;  // rows, when looking for what is missing
constexpr int kMostLooks = 25;

constexpr auto kLiveRowNames = domain::MakeNameTable<LiveRow>({
    {LiveRow::kSame, "same"},
    {LiveRow::kOther, "other"},
    {LiveRow::kMissing, "missing"},
});
constexpr auto kBroughtRowNames = domain::MakeNameTable<BroughtRow>({
    {BroughtRow::kThere, "there"},
    {BroughtRow::kSameId, "same_id"},
    {BroughtRow::kNewId, "new_id"},
    {BroughtRow::kFailed, "failed"},
});
constexpr auto kBroughtFileNames = domain::MakeNameTable<BroughtFile>({
    {BroughtFile::kNone, "none"},
    {BroughtFile::kThere, "there"},
    {BroughtFile::kBrought, "brought"},
    {BroughtFile::kDamaged, "damaged"},
    {BroughtFile::kFailed, "failed"},
});

Error NoSuchAttachment(std::int64_t id) {
  return {ErrorCode::kNotFound, fmt::format("the backup has no attachment {} with a content", id)};
}

Error Damaged(const Attachment& one) {
  return {ErrorCode::kArchiveCorrupt,
          fmt::format("the content of attachment {} is not what it was when it was stored", one.id),
          "use another backup"};
}

Error NamesNoFile(const Attachment& one) {
  return {ErrorCode::kNotFound,
          fmt::format("attachment {}: its row names no file of the filestore", one.id)};
}

// Out of the row, where Odoo keeps contents in the database.
Status ReadFromRow(const Context& ctx, const OpenMount& open, const Attachment& one,
                   ByteWriter& to) {
  ASSIGN_OR_RETURN(const auto bytes, BytesInRow(ctx, open.side, one.id));
  if (!bytes) return Fail(NoSuchAttachment(one.id));
  HashingWriter hashed(to, HashKind::kSha1);
  RETURN_IF_ERROR(WriteBytesOfRow(ctx, open.side, one.id, hashed));
  if (!one.checksum.empty() && hashed.Digest() != one.checksum) return Fail(Damaged(one));
  return {};
}

// Out of the archive.
Status ReadFromFilestore(const Context& ctx, const RescueDesk& desk, const OpenMount& open,
                         const Attachment& one, ByteWriter& to) {
  ASSIGN_OR_RETURN(const domain::Backup backup, desk.parts().backups.Get(open.mount.backup_id));
  ASSIGN_OR_RETURN(const auto archive, restore::OpenVerified(ctx, desk.parts().store, backup));
  bool is_there = false;
  const Status visited = archive.reader->VisitFilestore(
      ctx, [&](const archive::FilestoreFile& file) { return file.path == one.store_name; },
      [&](const archive::FilestoreFile& file, ByteReader& content) -> Status {
        HashingReader hashed(content, HashKind::kSha1);
        RETURN_IF_ERROR(Copy(ctx, hashed, to));
        if (!file.path.ends_with("/" + hashed.Digest())) return Fail(Damaged(one));
        is_there = true;
        return {};
      });
  RETURN_IF_ERROR(visited);
  if (is_there) return {};
  return Fail(ErrorCode::kNotFound,
              fmt::format("the backup has the row of attachment {}, but not its file", one.id));
}

}  // namespace

std::string_view NameOf(LiveRow row) { return kLiveRowNames.Name(row); }
std::string_view NameOf(BroughtRow row) { return kBroughtRowNames.Name(row); }
std::string_view NameOf(BroughtFile file) { return kBroughtFileNames.Name(file); }

Result<AttachmentPage> Attachments::List(const Context& ctx, const domain::MountId& mount,
                                         const AttachmentQuery& query) {
  ASSIGN_OR_RETURN(const OpenMount open, desk_.Open(ctx, mount));
  ASSIGN_OR_RETURN(const auto live, desk_.OpenLive(ctx, open));
  AttachmentQuery from = query;
  AttachmentPage page;
  const std::int64_t looked_at = query.missing_only ? kLookedAtOnce : query.limit;
  for (int look = 0; look < (query.missing_only ? kMostLooks : 1); ++look) {
    ASSIGN_OR_RETURN(auto found, ReadAttachments(ctx, open.side, from, {}, looked_at));
    if (live) {
      RETURN_IF_ERROR(CompareRows(ctx, *live, found));
      RETURN_IF_ERROR(CompareFiles(ctx, *live, open.LiveFilestore(), found));
    }
    const bool is_last = static_cast<std::int64_t>(found.size()) < looked_at;
    for (Attachment& one : found) {
      from.after = one.id;
      if (query.missing_only && !one.IsMissing()) continue;
      page.items.push_back(std::move(one));
      if (static_cast<std::int64_t>(page.items.size()) < query.limit) continue;
      page.next_after = from.after;
      return page;
    }
    if (is_last) return page;
  }
  page.next_after = from.after;
  return page;
}

Result<AttachmentContent> Attachments::Content(const Context& ctx, const domain::MountId& mount,
                                               std::int64_t id) {
  ASSIGN_OR_RETURN(const OpenMount open, desk_.Open(ctx, mount));
  ASSIGN_OR_RETURN(const auto found, ReadAttachments(ctx, open.side, {}, {id}, 1));
  if (found.empty()) return Fail(NoSuchAttachment(id));
  const Attachment& one = found.front();
  if (one.names_no_file) return Fail(NamesNoFile(one));
  ASSIGN_OR_RETURN(const auto spool, SpoolFile::In(desk_.parts().spool));
  RETURN_IF_ERROR(one.store_name.empty() ? ReadFromRow(ctx, open, one, *spool)
                                         : ReadFromFilestore(ctx, desk_, open, one, *spool));
  ASSIGN_OR_RETURN(auto source, spool->Take());
  return AttachmentContent{one.name, std::move(source)};
}

Result<std::vector<Brought>> Attachments::BringBack(const Context& ctx,
                                                    const domain::MountId& mount,
                                                    const std::vector<std::int64_t>& ids) {
  ASSIGN_OR_RETURN(const OpenMount open, desk_.Open(ctx, mount));
  RETURN_IF_ERROR(desk_.parts().service.CheckLiveIsFree(open.environment.id));
  ASSIGN_OR_RETURN(const auto live, desk_.OpenLive(ctx, open));
  if (!live) {
    return Fail(
        ErrorCode::kConflict,
        fmt::format("\"{}\" has no live database to bring anything back to", open.environment.name),
        "restore the backup instead");
  }
  return Bringing(desk_, open, *live).Bring(ctx, ids);
}

}  // namespace reprise::rescue
