#pragma once

#include <map>
#include <string>
#include <vector>

#include "rescue/attachments.hpp"

namespace reprise::rescue {

struct FileOutcome {
  BroughtFile file = BroughtFile::kFailed;
  std::string error;  // why it did not come
};

// Puts the files that the live filestore lacks there, by hard links of what was unpacked, hashed
// and flushed beside it: a file is there whole or not at all. What came of each, by its name: one
// that is damaged in the backup does not keep the others. A file that is there already stays as it
// is, also one that is damaged.
[[nodiscard]] Result<std::map<std::string, FileOutcome>> BringFiles(
    const Context& ctx, const RescueDesk& desk, const OpenMount& open,
    const std::vector<Attachment>& attachments);

}  // namespace reprise::rescue
