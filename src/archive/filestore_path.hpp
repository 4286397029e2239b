#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace reprise::archive {

// Whether `path` is the name of a filestore file: "ab/ab12…", 2 hex, "/", 40 hex with the same 2
// first; hex in lower case (Odoo's ir_attachment._get_path).
[[nodiscard]] bool IsFilestorePath(std::string_view path);

enum class FilestoreEntryKind { kFile, kDirectory, kMarker, kForeign };

struct FilestoreEntryName {
  FilestoreEntryKind kind = FilestoreEntryKind::kForeign;
  std::string_view prefix;  // what stands before "ab/ab12…", without the last "/"
  std::string_view path;    // "ab/ab12…" for kFile
};

// What an entry of a packed filestore is, by its name. Before "ab/ab12…" may stand "./", then
// "filestore/", then the database's name and "/". Markers are the empty files of Odoo's own garbage
// collection, "checklist/ab/ab12…". Everything else is kForeign.
[[nodiscard]] FilestoreEntryName ParseFilestoreEntryName(std::string_view name);

// The filestore files met so far, in 20 bytes each.
class FilestorePathSet {
 public:
  // False when `path` (IsFilestorePath) was in it.
  bool Add(std::string_view path);

 private:
  using Digest = std::array<std::uint8_t, 20>;
  struct Hash {
    std::size_t operator()(const Digest& digest) const noexcept;
  };
  std::unordered_set<Digest, Hash> seen_;
};

}  // namespace reprise::archive
