#include "rescue/attachments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.hpp"
#include "base/hex.hpp"
#include "base/spool_file.hpp"
#include "domain/name_table.hpp"
#include "postgres/quote.hpp"
#include "rescue/attachment_rows.hpp"
#include "rescue/bring_files.hpp"
#include "restore/before_steps.hpp"
#include "restore/restore_session.hpp"

namespace reprise::rescue {
namespace {

constexpr std::int64_t kLookedAtOnce = 2000;  // rows, when looking for what is missing
constexpr int kMostLooks = 25;
constexpr std::int64_t kMostInRow = 64LL << 20U;

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

// Out of the row, where Odoo keeps contents in the database.
Status ReadFromRow(const Context& ctx, const OpenMount& open, const Attachment& one,
                   ByteWriter& to) {
  const std::string where = fmt::format("FROM ONLY public.ir_attachment WHERE id = {}", one.id);
  ASSIGN_OR_RETURN(const auto sizes,
                   open.side.Select(ctx, "SELECT octet_length(db_datas) AS bytes " + where));
  if (sizes.empty() || !sizes.front().at("bytes").is_int64()) return Fail(NoSuchAttachment(one.id));
  if (sizes.front().at("bytes").get_int64() > kMostInRow) {
    return Fail(
        ErrorCode::kPayloadTooLarge,
        fmt::format("attachment {} keeps more than {} MiB in its row", one.id, kMostInRow >> 20));
  }
  ASSIGN_OR_RETURN(const auto rows,
                   open.side.Select(ctx, "SELECT encode(db_datas, 'hex') AS hex " + where));
  if (rows.empty() || !rows.front().at("hex").is_string()) return Fail(NoSuchAttachment(one.id));
  const std::string content = FromHex(rows.front().at("hex").get_string());
  if (!one.checksum.empty() && HashOf(HashKind::kSha1, content) != one.checksum) {
    return Fail(Damaged(one));
  }
  return to.Write(ctx, BytesOf(content));
}

// Until a row named it, the running Odoo may have collected a file as one that nobody needs.
Status BringWhatWentMeanwhile(const Context& ctx, const RescueDesk& desk, const OpenMount& open,
                              const LiveOdoo& live, std::vector<Attachment> found,
                              std::vector<Brought>& told) {
  RETURN_IF_ERROR(CompareFiles(ctx, live, open.LiveFilestore(), found));
  const auto is_back = [&](const Attachment& one) {
    return std::any_of(told.begin(), told.end(), [&](const Brought& each) {
      return each.id == one.id && each.row != BroughtRow::kFailed;
    });
  };
  std::erase_if(found, [&](const Attachment& one) { return one.has_live_file || !is_back(one); });
  if (found.empty()) return {};
  ASSIGN_OR_RETURN(const auto files, BringFiles(ctx, desk, open, found));
  for (Brought& one : told) {
    const auto gone = std::find_if(found.begin(), found.end(),
                                   [&](const Attachment& each) { return each.id == one.id; });
    if (gone != found.end()) one.file = files.at(gone->store_name);
  }
  return {};
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
  ASSIGN_OR_RETURN(const auto spool, SpoolFile::In(desk_.parts().spool));
  if (one.store_name.empty()) {
    RETURN_IF_ERROR(ReadFromRow(ctx, open, one, *spool));
    ASSIGN_OR_RETURN(auto source, spool->Take());
    return AttachmentContent{one.name, std::move(source)};
  }
  ASSIGN_OR_RETURN(const domain::Backup backup, desk_.parts().backups.Get(open.mount.backup_id));
  ASSIGN_OR_RETURN(const auto archive, restore::OpenVerified(ctx, desk_.parts().store, backup));
  bool is_there = false;
  const Status visited = archive.reader->VisitFilestore(
      ctx, [&](const archive::FilestoreFile& file) { return file.path == one.store_name; },
      [&](const archive::FilestoreFile& file, ByteReader& content) -> Status {
        HashingReader hashed(content, HashKind::kSha1);
        RETURN_IF_ERROR(Copy(ctx, hashed, *spool));
        if (!file.path.ends_with("/" + hashed.Digest())) return Fail(Damaged(one));
        is_there = true;
        return {};
      });
  RETURN_IF_ERROR(visited);
  if (!is_there) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("the backup has the row of attachment {}, but not its file", id));
  }
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
  ASSIGN_OR_RETURN(auto found,
                   ReadAttachments(ctx, open.side, {}, ids, static_cast<std::int64_t>(ids.size())));
  RETURN_IF_ERROR(CompareRows(ctx, *live, found));
  RETURN_IF_ERROR(CompareFiles(ctx, *live, open.LiveFilestore(), found));
  // Files first: a row whose file comes later would be a broken document for that time.
  ASSIGN_OR_RETURN(const auto files, BringFiles(ctx, desk_, open, found));
  std::vector<Brought> told;
  for (const std::int64_t id : ids) {
    const bool is_told =
        std::any_of(told.begin(), told.end(), [&](const Brought& each) { return each.id == id; });
    if (is_told) continue;  // named twice
    Brought& brought = told.emplace_back();
    brought.id = id;
    const auto one = std::find_if(found.begin(), found.end(),
                                  [&](const Attachment& each) { return each.id == id; });
    if (one == found.end()) {
      brought.error = NoSuchAttachment(id).message;
      continue;
    }
    brought.name = one->name;
    const auto file = files.find(one->store_name);
    if (file != files.end()) brought.file = file->second;
    if (brought.file == BroughtFile::kFailed) {
      brought.error = "the backup has its row, but not its file";
      continue;
    }
    if (one->live_row == LiveRow::kSame) {
      brought.row = BroughtRow::kThere;
      brought.live_id = id;
      continue;
    }
    const auto live_id = InsertRow(ctx, open.side, *live, open.environment.db_name, id);
    if (!live_id) {
      brought.error = live_id.error().Sentence();
      continue;
    }
    brought.live_id = *live_id;
    brought.row = *live_id == id ? BroughtRow::kSameId : BroughtRow::kNewId;
  }
  RETURN_IF_ERROR(BringWhatWentMeanwhile(ctx, desk_, open, *live, std::move(found), told));
  return told;
}

}  // namespace reprise::rescue
