#pragma once

#include <functional>
#include <string>
#include <vector>

#include "archive/backup_reader.hpp"

namespace reprise::archive {

// What reading a backup through has shown.
struct VerifyReport {
  BackupFormat format = BackupFormat::kReprise;
  Manifest manifest;
  DumpKind dump_kind = DumpKind::kCustom;
  std::string manifest_sha256;  // as BackupReader tells it
  ByteCount archive_bytes = 0;
  ByteCount dump_bytes = 0;
  std::string dump_sha256;
  bool has_filestore = false;
  std::uint64_t filestore_files = 0;
  ByteCount filestore_bytes = 0;
  std::uint64_t files_not_read = 0;  // of filestore_files
  // Against the attachments in the dump; not compared when the dump does not show them.
  bool compared = false;
  std::uint64_t attachments = 0;        // files that they name
  std::vector<std::string> missing;     // named by an attachment, not in the backup
  std::vector<std::string> wrong_size;  // another size than the attachment says
  std::vector<std::string> orphans;     // in the backup, named by no attachment
  std::vector<std::string> warnings;    // "no manifest: nothing to compare the dump with"
};

// Reads everything once: entry grammar, checksums against the manifest, the dump's own framing
// (custom: header and end; SQL: "PostgreSQL database dump complete"), each filestore file's sha1
// against its name, counts, and the attachments of the dump against the files. The first fault of a
// part ends it: kArchiveCorrupt, kArchiveHostile or kFormatUnsupported, saying which part; files
// that are altered are all named, with what is missing and what belongs to nobody. Missing files
// alone are a warning: many an Odoo lives with some. `progress` gets bytes done and all (may be
// empty).
[[nodiscard]] Result<VerifyReport> VerifyBackup(
    const Context& ctx, RandomReader& source,
    const std::function<void(ByteCount done, ByteCount all)>& progress);
// The same, but of the filestore only the files for which `reads` is true are read: of the others
// the archive's listing is believed. For whoever knows that they were read before. All are read of
// an archive without a listing.
[[nodiscard]] Result<VerifyReport> VerifyBackup(
    const Context& ctx, RandomReader& source,
    const std::function<void(ByteCount done, ByteCount all)>& progress,
    const FilestoreFilter& reads);

}  // namespace reprise::archive
