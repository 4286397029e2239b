#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/stream.hpp"

namespace reprise::archive {

enum class ZipMethod : std::uint16_t { kStored = 0, kDeflated = 8 };

// One entry, as the zip's directory (its last part) tells it.
struct ZipEntry {
  std::string name;
  ZipMethod method = ZipMethod::kStored;
  std::uint32_t crc32 = 0;
  ByteCount packed_size = 0;
  ByteCount size = 0;
  ByteCount header_offset = 0;
  ByteCount end_limit = 0;  // where the next entry, or the directory, begins
};

// Reads the directory of a zip (zip64 too), without the entries' data. The only reader of zips
// here, so that what is checked is what is read. kArchiveCorrupt when it is cut off or
// inconsistent, kArchiveHostile when entries overlap, are links or would unpack to far too much,
// kFormatUnsupported when encrypted, in several volumes, or packed by an unknown method. Entries
// are in the order of the directory.
[[nodiscard]] Result<std::vector<ZipEntry>> ReadZipDirectory(const Context& ctx,
                                                             RandomReader& source);

// Where the entry's data begins. Checks its local header against the directory.
[[nodiscard]] Result<ByteCount> FindZipData(const Context& ctx, RandomReader& source,
                                            const ZipEntry& entry);

// The entry unpacked, exactly `entry.size` bytes. Size and CRC are checked with the last bytes:
// kArchiveCorrupt, or kArchiveHostile when there would be more than was told. `source` must outlive
// the stream, `entry` not.
[[nodiscard]] Result<std::unique_ptr<ByteReader>> OpenZipEntry(const Context& ctx,
                                                               RandomReader& source,
                                                               const ZipEntry& entry);

}  // namespace reprise::archive
