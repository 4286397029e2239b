#include "archive/zip_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "archive/filestore_path.hpp"
#include "archive/printable.hpp"

namespace reprise::archive {
namespace {

constexpr std::string_view kFilestore = "filestore";
constexpr std::array<std::string_view, 3> kDumpNames = {"dump.sql", "dump.dump", "db.dump"};

bool IsDumpName(std::string_view name) {
  return std::find(kDumpNames.begin(), kDumpNames.end(), name) != kDumpNames.end();
}

tl::unexpected<Error> Hostile(const ZipEntry& entry, std::string_view why) {
  Error error{ErrorCode::kArchiveHostile,
              fmt::format("the entry {} {}", Printable(entry.name), why)};
  const std::size_t slash = entry.name.rfind('/');
  if (slash != std::string::npos && IsDumpName(std::string_view(entry.name).substr(slash + 1))) {
    error.hint = "the backup is wrapped in a folder: pack what is in the folder, not the folder";
  }
  return Fail(std::move(error));
}

Status SetOnce(std::optional<ZipEntry>& role, ZipEntry entry) {
  if (role) return Hostile(entry, fmt::format("comes beside {}", Printable(role->name)));
  role = std::move(entry);
  return {};
}

Status AddFilestoreEntry(ZipEntry entry, std::vector<ZipEntry>& files, FilestorePathSet& seen) {
  // The very spelling "filestore/…", without "./" before it.
  const FilestoreEntryName name = entry.name.starts_with("filestore/")
                                      ? ParseFilestoreEntryName(entry.name)
                                      : FilestoreEntryName();
  const bool directory = entry.name.ends_with('/');
  if (entry.size == 0 &&
      ((directory && name.kind == FilestoreEntryKind::kDirectory) ||
       (name.kind == FilestoreEntryKind::kMarker && name.prefix == kFilestore))) {
    return {};
  }
  if (name.kind != FilestoreEntryKind::kFile || name.prefix != kFilestore) {
    return Hostile(entry, "is no part of an Odoo backup");
  }
  if (!seen.Add(name.path)) return Hostile(entry, "comes twice");
  files.push_back(std::move(entry));
  return {};
}

}  // namespace

std::string_view FilestorePathOf(const ZipEntry& entry) {
  return std::string_view(entry.name).substr(kFilestore.size() + 1);
}

Result<ZipLayout> ArrangeZipEntries(std::vector<ZipEntry> entries) {
  ZipLayout layout;
  std::optional<ZipEntry> dump;
  FilestorePathSet seen;
  for (ZipEntry& entry : entries) {
    Status added;
    if (IsDumpName(entry.name)) {
      added = SetOnce(dump, std::move(entry));
    } else if (entry.name == "manifest.json") {
      added = SetOnce(layout.manifest, std::move(entry));
    } else if (entry.name == "filestore.tar.gz") {
      added = SetOnce(layout.filestore_tar, std::move(entry));
    } else if (entry.name == "filestore.index") {
      added = SetOnce(layout.filestore_index, std::move(entry));
    } else {
      added = AddFilestoreEntry(std::move(entry), layout.files, seen);
    }
    RETURN_IF_ERROR(added);
  }
  if (!dump) {
    return Fail(ErrorCode::kArchiveCorrupt,
                "the zip has no dump.sql: it is no backup of a database, or a damaged one",
                "an Odoo backup holds dump.sql beside its filestore; a zip of only the filestore "
                "cannot be restored");
  }
  if (layout.filestore_tar && !layout.files.empty()) {
    return Fail(ErrorCode::kArchiveHostile,
                "the zip holds two filestores: filestore.tar.gz and filestore/");
  }
  layout.dump = *std::move(dump);
  std::sort(layout.files.begin(), layout.files.end(),
            [](const ZipEntry& a, const ZipEntry& b) { return a.header_offset < b.header_offset; });
  return layout;
}

}  // namespace reprise::archive
