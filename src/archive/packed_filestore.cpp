#include "archive/packed_filestore.hpp"

#include "archive/gzip_writer.hpp"
#include "archive/tar_format.hpp"

namespace reprise::archive {

std::vector<FileMembers> MembersOf(const std::vector<IndexedFile>& index) {
  std::vector<FileMembers> all;
  for (std::size_t i = 0; i < index.size(); ++i) {
    const IndexedFile& file = index[i];
    if (all.empty() || all.back().offset != file.member_offset) {
      all.push_back({i, i, file.member_offset, 0});
    }
    const ByteCount unpacked = file.offset_in_member + kTarBlock + TarPadded(file.size);
    all.back().last_file = i + 1;
    all.back().count = static_cast<std::size_t>((unpacked + GzipWriter::kMemberBytes - 1) /
                                                GzipWriter::kMemberBytes);
  }
  return all;
}

}  // namespace reprise::archive
