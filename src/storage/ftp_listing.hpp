#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hpp"

namespace reprise::storage {

// One of a folder's entries, as a server lists it.
struct FtpEntry {
  std::string name;
  bool is_folder = false;
  ByteCount size = 0;
  bool operator==(const FtpEntry&) const = default;
};

// Of MLSD's answer (RFC 3659): files and folders; "." and ".." and what is neither are left out.
[[nodiscard]] std::vector<FtpEntry> ParseMlsd(std::string_view text);
// Of LIST's answer, whose form no standard tells: as Unix's ls and as Windows have it. Lines of
// another form, links and names with spaces are left out.
[[nodiscard]] std::vector<FtpEntry> ParseList(std::string_view text);

}  // namespace reprise::storage
