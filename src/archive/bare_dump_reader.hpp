#pragma once

#include <memory>
#include <string_view>

#include "archive/backup_reader.hpp"

namespace reprise::archive {

// Opens a dump that stands alone: custom, SQL, or either of them in gzip or zstd. `first` is the
// beginning of `source`, for the message that refuses it.
[[nodiscard]] Result<std::unique_ptr<BackupReader>> OpenBareDump(const Context& ctx,
                                                                 RandomReader& source,
                                                                 std::string_view first);

}  // namespace reprise::archive
