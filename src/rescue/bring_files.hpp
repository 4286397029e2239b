#pragma once

#include <map>
#include <string>
#include <vector>

#include "rescue/attachments.hpp"

namespace reprise::rescue {

// Puts the files that the live filestore lacks there, by hard links of what was unpacked, hashed
// and flushed beside it: a file is there whole or not at all. What came of each, by its name. A
// file that is there already stays as it is, also one that is damaged.
[[nodiscard]] Result<std::map<std::string, BroughtFile>> BringFiles(
    const Context& ctx, const RescueDesk& desk, const OpenMount& open,
    const std::vector<Attachment>& attachments);

}  // namespace reprise::rescue
