#pragma once

#include <set>
#include <string>
#include <vector>

#include "rescue/attachments.hpp"

// The rows of ir_attachment, of a backup and of a live database.
namespace reprise::rescue {

// Of the backup, by id: those of `ids`, or (when it is empty) those that `query` asks for, at most
// `limit`. What the live environment has is not told yet.
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

// Inserts a row of the backup into the live database, under its id where that is free, with the
// columns that both have; the id that it has there.
[[nodiscard]] Result<std::int64_t> InsertRow(const Context& ctx, const FencedTables& side,
                                             const LiveOdoo& live, const std::string& database,
                                             std::int64_t id);

}  // namespace reprise::rescue
