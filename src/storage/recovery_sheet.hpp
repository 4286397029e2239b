#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/archive_key.hpp"

namespace reprise::storage {

// What opens an organization's sealed archives when nothing else is left: plain text, to be printed
// and put away. Whoever has it can read them all.
struct RecoverySheet {
  std::string organization;
  Instant made_at;
  std::vector<ArchiveKey> keys;
};

[[nodiscard]] std::string WriteRecoverySheet(const RecoverySheet& sheet);

// The keys of a sheet, which may have been typed from paper: space, case and other lines do not
// matter, and each line of digits has a check. kInvalidArgument names the line that is wrong.
[[nodiscard]] Result<std::vector<ArchiveKey>> ReadRecoverySheet(std::string_view text);

}  // namespace reprise::storage
