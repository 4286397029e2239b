#include "rescue/bringing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rescue/attachment_rows.hpp"
#include "rescue/insert_row.hpp"

namespace reprise::rescue {

Result<std::vector<Brought>> Bringing::Bring(const Context& ctx,
                                             const std::vector<std::int64_t>& ids) {
  ASSIGN_OR_RETURN(
      found_, ReadAttachments(ctx, open_.side, {}, ids, static_cast<std::int64_t>(ids.size())));
  RETURN_IF_ERROR(CompareRows(ctx, live_, found_));
  RETURN_IF_ERROR(CompareFiles(ctx, live_, open_.LiveFilestore(), found_));
  std::vector<Attachment> without_row;
  for (const Attachment& one : found_) {
    if (one.live_row != LiveRow::kSame) without_row.push_back(one);
  }
  ASSIGN_OR_RETURN(other_ids_, FindUnderOtherIds(ctx, open_.side, live_, without_row));
  // Files first: a row whose file comes later would be a broken document for that time.
  ASSIGN_OR_RETURN(files_, BringFiles(ctx, desk_, open_, found_));
  std::vector<Brought> told;
  std::set<std::int64_t> named;
  for (const std::int64_t id : ids) {
    if (named.insert(id).second) told.push_back(BringOne(ctx, id));
  }
  BringWhatWentMeanwhile(ctx, told);
  return told;
}

Brought Bringing::BringOne(const Context& ctx, std::int64_t id) const {
  Brought brought;
  brought.id = id;
  const auto one = std::find_if(found_.begin(), found_.end(),
                                [&](const Attachment& each) { return each.id == id; });
  if (one == found_.end()) {
    brought.error = fmt::format("the backup has no attachment {} with a content", id);
    return brought;
  }
  brought.name = one->name;
  if (one->names_no_file) {
    brought.error = "its row names no file of the filestore";
    return brought;
  }
  const auto outcome = files_.find(one->store_name);
  if (outcome != files_.end()) brought.file = outcome->second.file;
  if (brought.file == BroughtFile::kFailed) {
    brought.error = outcome->second.error;
    return brought;
  }
  BringRow(ctx, *one, brought);
  return brought;
}

void Bringing::BringRow(const Context& ctx, const Attachment& one, Brought& brought) const {
  const auto other = other_ids_.find(one.id);
  if (one.live_row == LiveRow::kSame || other != other_ids_.end()) {
    brought.row = BroughtRow::kThere;
    brought.live_id = other != other_ids_.end() ? other->second : one.id;
    return;
  }
  // A restore may have begun: it would swap out what is inserted now.
  const Status is_free = desk_.parts().service.CheckLiveIsFree(open_.environment.id);
  if (!is_free) {
    brought.error = is_free.error().Sentence();
    return;
  }
  const auto live_id = InsertRow(ctx, desk_, open_, live_, one.id);
  if (!live_id) {
    brought.error = live_id.error().Sentence();
    return;
  }
  brought.live_id = *live_id;
  brought.row = *live_id == one.id ? BroughtRow::kSameId : BroughtRow::kNewId;
}

void Bringing::BringWhatWentMeanwhile(const Context& ctx, std::vector<Brought>& told) const {
  std::vector<Attachment> back;
  const auto told_of = [&](const Attachment& one) {
    return std::find_if(told.begin(), told.end(),
                        [&](const Brought& each) { return each.id == one.id; });
  };
  for (const Attachment& one : found_) {
    const auto brought = told_of(one);
    const bool is_back = brought != told.end() && brought->row != BroughtRow::kFailed;
    if (is_back && !one.store_name.empty()) back.push_back(one);
  }
  const Status looked = CompareFiles(ctx, live_, open_.LiveFilestore(), back);
  if (!looked) {
    for (const Attachment& one : back) {
      told_of(one)->error =
          fmt::format("it is not known whether its file has stayed: {}", looked.error().Sentence());
    }
    return;
  }
  std::erase_if(back, [](const Attachment& one) { return one.has_live_file; });
  if (back.empty()) return;
  const auto files = BringFiles(ctx, desk_, open_, back);
  for (const Attachment& one : back) {
    const FileOutcome outcome = files ? files->at(one.store_name)
                                      : FileOutcome{BroughtFile::kFailed, files.error().Sentence()};
    told_of(one)->file = outcome.file;
    told_of(one)->error = outcome.error;
  }
}

}  // namespace reprise::rescue
