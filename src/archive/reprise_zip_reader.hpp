#pragma once

#include "archive/filestore_index.hpp"
#include "archive/zip_backup.hpp"

namespace reprise::archive {

// The product page's layout: the filestore is one tar.gz beside the dump. With our index (only
// looked at when the tar.gz is stored, not packed again) single files are fetched by range.
class RepriseZipReader final : public ZipBackup {
 public:
  static Result<std::unique_ptr<BackupReader>> Open(const Context& ctx, Parts parts);

  RepriseZipReader(Parts parts, std::optional<std::vector<IndexedFile>> index);
  [[nodiscard]] BackupFormat format() const override { return BackupFormat::kReprise; }
  [[nodiscard]] std::string manifest_sha256() const override;
  [[nodiscard]] bool has_filestore() const override { return layout_.filestore_tar.has_value(); }
  [[nodiscard]] std::optional<std::vector<FilestoreFile>> filestore_listing() const override;
  [[nodiscard]] Result<std::optional<PackedFilestore>> FindPackedFiles(
      const Context& ctx) const override;
  [[nodiscard]] Status VisitFilestore(const Context& ctx, const FilestoreFilter& wanted,
                                      const FilestoreVisitor& visit) override;

 private:
  std::optional<std::vector<IndexedFile>> index_;
};

}  // namespace reprise::archive
