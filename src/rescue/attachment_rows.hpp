#pragma once

#include <map>
#include <string>
#include <vector>

#include "rescue/attachments.hpp"

// The rows of ir_attachment, of a backup and of a live database.
namespace reprise::rescue {

// Of the backup, by id: those of `ids`, or (when it is empty) those that `query` asks for, at most
// `limit`. What the live environment has is not told yet. Texts are cut after 1,000 characters.
[[nodiscard]] Result<std::vector<Attachment>> ReadAttachments(const Context& ctx,
                                                              const FencedTables& side,
                                                              const AttachmentQuery& query,
                                                              const std::vector<std::int64_t>& ids,
                                                              std::int64_t limit);
// Tells of each what the live database has under its id.
[[nodiscard]] Status CompareRows(const Context& ctx, const LiveOdoo& live,
                                 std::vector<Attachment>& attachments);
// Tells of each whether the filestore has its file.
[[nodiscard]] Status CompareFiles(const Context& ctx, const LiveOdoo& live,
                                  const std::string& filestore,
                                  std::vector<Attachment>& attachments);

// By their ids in the backup, those of `attachments` that the live database has under another id,
// with that id: the same content, name, model, record and field. A row that the backup has under
// that id as well is a document of its own and stands for none of them; a row stands for one.
[[nodiscard]] Result<std::map<std::int64_t, std::int64_t>> FindUnderOtherIds(
    const Context& ctx, const FencedTables& side, const LiveOdoo& live,
    const std::vector<Attachment>& attachments);

}  // namespace reprise::rescue
