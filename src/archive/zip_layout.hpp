#pragma once

#include <optional>
#include <vector>

#include "archive/zip_directory.hpp"

namespace reprise::archive {

// The entries of a zipped backup by their role. Exactly one of `filestore_tar` and `files` is used.
struct ZipLayout {
  ZipEntry dump;
  std::optional<ZipEntry> manifest;
  std::optional<ZipEntry> filestore_tar;    // the product page's
  std::optional<ZipEntry> filestore_index;  // ours
  std::vector<ZipEntry> files;  // Odoo's own "filestore/ab/ab12…", by place in the zip
};

// kArchiveHostile for any entry that is no part of a backup, or comes twice; kArchiveCorrupt
// without a dump.
[[nodiscard]] Result<ZipLayout> ArrangeZipEntries(std::vector<ZipEntry> entries);

// "ab/ab12…" of an entry in ZipLayout::files.
[[nodiscard]] std::string_view FilestorePathOf(const ZipEntry& entry);

}  // namespace reprise::archive
