#include "archive/odoo_zip_reader.hpp"

namespace reprise::archive {

OdooZipReader::OdooZipReader(Parts parts) : ZipBackup(std::move(parts)) {
  manifest_.has_filestore = has_filestore();
  manifest_.filestore_files = layout_.files.size();
  manifest_.filestore_bytes = 0;
  for (const ZipEntry& entry : layout_.files) manifest_.filestore_bytes += entry.size;
}

std::optional<std::vector<FilestoreFile>> OdooZipReader::filestore_listing() const {
  std::vector<FilestoreFile> listing;
  listing.reserve(layout_.files.size());
  for (const ZipEntry& entry : layout_.files) {
    listing.push_back({std::string(FilestorePathOf(entry)), entry.size});
  }
  return listing;
}

Status OdooZipReader::VisitFilestore(const Context& ctx, const FilestoreFilter& wanted,
                                     const FilestoreVisitor& visit) {
  for (const ZipEntry& entry : layout_.files) {
    const FilestoreFile file{std::string(FilestorePathOf(entry)), entry.size};
    if (wanted && !wanted(file)) continue;
    ASSIGN_OR_RETURN(const auto content, OpenZipEntry(ctx, *cache_, entry));
    Status status = visit(file, *content);
    if (!status)
      return Fail(std::move(status.error()).While("reading filestore file " + file.path));
  }
  return {};
}

}  // namespace reprise::archive
