#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/manifest.hpp"
#include "archive/packed_filestore.hpp"
#include "base/stream.hpp"

namespace reprise::archive {

// How the backup is packed; found by content, never by name.
enum class BackupFormat {
  kReprise,     // zip: dump.sql, filestore.tar.gz, manifest.json (the product page's)
  kOdooZip,     // zip of Odoo's own manager: dump.sql, filestore/ab/abcd…, manifest.json
  kCustomDump,  // pg_dump -Fc, alone
  kPlainSql,    // pg_dump plain, alone
  kPlainSqlGzip,
  kPlainSqlZstd,
};
[[nodiscard]] std::string_view NameOf(BackupFormat format);

enum class DumpKind { kCustom, kPlainSql };

struct FilestoreFile {
  std::string path;  // "ab/ab12…": 2 hex, "/", 40 hex — the same 2 first
  ByteCount size = 0;
};

// Called for each filestore file. `content` gives exactly `file.size` bytes, or is not read at all
// (then the file is skipped, where possible without fetching it). Ends the visit by failing.
using FilestoreVisitor = std::function<Status(const FilestoreFile& file, ByteReader& content)>;
// Says whether the content of a file is wanted. May be empty: all.
using FilestoreFilter = std::function<bool(const FilestoreFile& file)>;

// Reads one backup, whatever its format. One thread at a time per method; OpenDump's stream and
// VisitFilestore may run on two threads at once. Every failure says what and where in the archive.
// The archive is hostile until read: entries outside the grammar (links, "..", absolute names,
// other files, duplicates) are kArchiveHostile when it is opened or visited, before anything is
// written.
class BackupReader {
 public:
  virtual ~BackupReader() = default;

  [[nodiscard]] virtual BackupFormat format() const = 0;
  [[nodiscard]] virtual const Manifest& manifest() const = 0;
  // The sha256 of manifest.json when it vouches for all that is read of this backup: for the dump
  // and the index of the filestore by their sha256s, and through the index, whose names are
  // contents' sha1s, for each file. Whoever knows it need not read the archive through before using
  // parts of it: a wrong part fails when it is read. Empty where only the whole archive's checksum
  // does that.
  [[nodiscard]] virtual std::string manifest_sha256() const { return {}; }
  [[nodiscard]] virtual DumpKind dump_kind() const = 0;
  // Bytes of the dump unpacked; nullopt when only reading it would tell (gzip, zstd).
  [[nodiscard]] virtual std::optional<ByteCount> dump_bytes() const = 0;
  // The dump, decompressed: a pg_dump custom archive or SQL text. Its sha256 (manifest) or CRC is
  // checked when the stream ends: a wrong one fails the last Read with kArchiveCorrupt.
  [[nodiscard]] virtual Result<std::unique_ptr<ByteReader>> OpenDump(const Context& ctx) = 0;

  [[nodiscard]] virtual bool has_filestore() const = 0;
  // All files of the filestore with sizes, without reading their content, where the format allows
  // (a zip, or ours with its index); else nullopt.
  [[nodiscard]] virtual std::optional<std::vector<FilestoreFile>> filestore_listing() const = 0;
  // Where the files lie in the archive's bytes, when they are packed as BackupWriter packs them.
  [[nodiscard]] virtual Result<std::optional<PackedFilestore>> FindPackedFiles(
      const Context& /*ctx*/) const {
    return std::nullopt;
  }
  // Visits the files for which `wanted` is true. Names are checked, contents not hashed.
  [[nodiscard]] virtual Status VisitFilestore(const Context& ctx, const FilestoreFilter& wanted,
                                              const FilestoreVisitor& visit) = 0;
};

// Opens the backup in `source` (which must outlive the reader). kFormatUnsupported when it is none.
[[nodiscard]] Result<std::unique_ptr<BackupReader>> OpenBackup(const Context& ctx,
                                                               RandomReader& source);

}  // namespace reprise::archive
