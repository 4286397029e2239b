#pragma once

#include <cstddef>
#include <vector>

#include "archive/filestore_index.hpp"

namespace reprise::archive {

// Where the filestore of an archive that BackupWriter wrote lies in the archive's bytes.
struct PackedFilestore {
  ByteCount offset = 0;  // of filestore.tar.gz
  ByteCount bytes = 0;
  std::vector<IndexedFile> files;
};

// Gzip members of a filestore.tar.gz, one or, for a large file, several, with whole files.
struct FileMembers {
  std::size_t first_file = 0;  // in the index
  std::size_t last_file = 0;   // the one behind the last
  ByteCount offset = 0;        // of the first member in filestore.tar.gz
  std::size_t count = 0;       // of members
};

// The members of an index, in its order. How many a large file has follows from its size: the index
// does not say where the last of them end.
[[nodiscard]] std::vector<FileMembers> MembersOf(const std::vector<IndexedFile>& index);

}  // namespace reprise::archive
