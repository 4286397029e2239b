#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/attachment_scanner.hpp"
#include "base/stream.hpp"

namespace reprise::archive {

// An entry of the table of contents that has data in the dump.
struct CustomDumpData {
  std::int64_t dump_id = 0;
  std::string desc;  // "TABLE DATA", "BLOBS"
  std::string schema;
  std::string name;
  std::string copy = {};  // of MeasureCustomDump: the COPY statement of a table's rows
  // In the dump, as packed; nothing until the data was walked over.
  std::optional<ByteCount> bytes = std::nullopt;
};

// What a pg_dump custom archive (-Fc) says of itself.
struct CustomDumpInfo {
  std::string archive_version;  // "1.14.0": 1.14 up to PostgreSQL 15, 1.15 of 16, 1.16 of 17 and 18
  std::string server_version;   // of the server that was dumped, "13.23 (Debian …)"
  std::string pg_dump_version;
  std::string db_name;
  std::uint64_t entries = 0;  // of the table of contents
  std::vector<std::string> extensions;
  std::vector<CustomDumpData> data;
  std::string encoding;  // of MeasureCustomDump: "SET client_encoding = 'UTF8';\n"
};

// Reads the header and the table of contents, and no further. kFormatUnsupported when it is no
// custom archive, kIncompatible when it is of a version outside 1.12 to 1.16 (PostgreSQL 9.0 to
// 18), which is the business of whoever picks the pg_restore; kArchiveCorrupt when it is damaged or
// cut off.
[[nodiscard]] Result<CustomDumpInfo> ReadCustomDumpToc(const Context& ctx, ByteReader& dump);

// The same, then walks over the data to the end. The format has no closing mark: what is there is
// held against the table of contents, so that a cut off dump is kArchiveCorrupt. Data is framed,
// not unpacked; that of the attachments is, for `attachments` (may be null), where it is packed by
// zlib or not at all.
[[nodiscard]] Result<CustomDumpInfo> ReadCustomDump(const Context& ctx, ByteReader& dump,
                                                    AttachmentScanner* attachments = nullptr);

// The same with what is needed to copy the rows of a table, and without extensions. Keeps no more
// than about `most` bytes: kPayloadTooLarge when a dump's contents need more.
[[nodiscard]] Result<CustomDumpInfo> MeasureCustomDump(const Context& ctx, ByteReader& dump,
                                                       ByteCount most = ByteCount{32} << 20U);

}  // namespace reprise::archive
