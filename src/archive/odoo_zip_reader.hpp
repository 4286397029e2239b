#pragma once

#include "archive/zip_backup.hpp"

namespace reprise::archive {

// The zip of Odoo's own database manager: the filestore lies in it file by file.
class OdooZipReader final : public ZipBackup {
 public:
  explicit OdooZipReader(Parts parts);
  [[nodiscard]] BackupFormat format() const override { return BackupFormat::kOdooZip; }
  [[nodiscard]] bool has_filestore() const override { return !layout_.files.empty(); }
  [[nodiscard]] std::optional<std::vector<FilestoreFile>> filestore_listing() const override;
  [[nodiscard]] Status VisitFilestore(const Context& ctx, const FilestoreFilter& wanted,
                                      const FilestoreVisitor& visit) override;
};

}  // namespace reprise::archive
