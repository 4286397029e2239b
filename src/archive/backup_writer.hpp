#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "archive/filestore_index.hpp"
#include "archive/manifest.hpp"
#include "base/stream.hpp"

namespace reprise::archive {

struct WriterOptions {
  // Names the top directory of filestore.tar.gz, so that plain tar unpacks it to where Odoo looks
  // (data_dir/filestore). Empty, or no fit name for a directory: the tar has no top directory.
  std::string db_name;
};

// Files that are packed already, in whole gzip members that lie elsewhere.
struct PackedFiles {
  std::vector<IndexedFile> files;  // in their order; members count from the first byte of these
  ByteCount bytes = 0;
  std::uint32_t crc32 = 0;
};

// Writes our archive (docs/formats.md) as one stream: dump.sql and filestore.tar.gz in the order in
// which they come, filestore.index, manifest.json, in a zip of stored entries (zip64). Order of
// calls: WriteDump, and before or after it AddPacked and after those AddFile any number of times,
// then Finish. One thread. After a failure the writer is
// of no further use and the sink must not be closed.
class BackupWriter {
 public:
  // `sink` must outlive the writer; Finish does not close it.
  static std::unique_ptr<BackupWriter> Create(ByteWriter& sink);
  static std::unique_ptr<BackupWriter> Create(ByteWriter& sink, const WriterOptions& options);
  virtual ~BackupWriter() = default;

  // The whole dump (pg_dump custom format), hashed as it passes.
  [[nodiscard]] virtual Status WriteDump(const Context& ctx, ByteReader& dump) = 0;
  // Begins the filestore, which may stay empty; AddPacked and AddFile do it by themselves.
  [[nodiscard]] virtual Status BeginFilestore(const Context& ctx) = 0;
  // Files whose members the sink is not given: whoever reads the archive finds them in this place.
  // What filestore.tar.gz hashes to is then not known, and not in the manifest.
  [[nodiscard]] virtual Status AddPacked(const Context& ctx, const PackedFiles& packed) = 0;
  // One filestore file, "ab/abcd…", of exactly `size` bytes. Its sha1 must be its name, else
  // kProofFailed (the live filestore is damaged; says which file).
  [[nodiscard]] virtual Status AddFile(const Context& ctx, std::string_view path, ByteCount size,
                                       ByteReader& content) = 0;
  // Gives the sink all that was added. Each member comes in one call of its Write.
  [[nodiscard]] virtual Status FlushFiles(const Context& ctx) = 0;
  // Writes index and manifest and the zip's directory. Fills sha256, dump_bytes, filestore_* of
  // `manifest`; returns it as written.
  [[nodiscard]] virtual Result<Manifest> Finish(const Context& ctx, Manifest manifest) = 0;
};

}  // namespace reprise::archive
