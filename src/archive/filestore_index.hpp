#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hpp"

namespace reprise::archive {

// Where one file is in filestore.tar.gz.
struct IndexedFile {
  std::string path;  // "ab/ab12…"
  ByteCount size = 0;
  ByteCount member_offset = 0;     // of the gzip member that holds it, in the tar.gz
  ByteCount offset_in_member = 0;  // of its tar header, in what the member unpacks to
  friend bool operator==(const IndexedFile&, const IndexedFile&) = default;
};

// The entry filestore.index (docs/formats.md): a first line that names the format, then a line for
// each file, in the order of the tar.
[[nodiscard]] std::string WriteFilestoreIndex(const std::vector<IndexedFile>& files);
// kArchiveCorrupt when malformed or out of order, kArchiveHostile when a path is none of a
// filestore or comes twice. What it says of the tar must still be checked against the tar.
[[nodiscard]] Result<std::vector<IndexedFile>> ParseFilestoreIndex(std::string_view text);

}  // namespace reprise::archive
