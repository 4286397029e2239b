#include "archive/backup_reader.hpp"

#include "archive/bare_dump_reader.hpp"
#include "archive/sniff.hpp"
#include "archive/zip_backup.hpp"

namespace reprise::archive {

std::string_view NameOf(BackupFormat format) {
  switch (format) {
    case BackupFormat::kReprise:
      return "reprise";
    case BackupFormat::kOdooZip:
      return "odoo_zip";
    case BackupFormat::kCustomDump:
      return "custom_dump";
    case BackupFormat::kPlainSql:
      return "plain_sql";
    case BackupFormat::kPlainSqlGzip:
      return "plain_sql_gzip";
    case BackupFormat::kPlainSqlZstd:
      return "plain_sql_zstd";
  }
  return {};
}

Result<std::unique_ptr<BackupReader>> OpenBackup(const Context& ctx, RandomReader& source) {
  std::string first(kSniffBytes, '\0');
  ASSIGN_OR_RETURN(const std::size_t count,
                   source.ReadAt(ctx, 0, std::as_writable_bytes(std::span(first))));
  first.resize(count);
  if (Sniff(first) == Content::kZip) return OpenZipBackup(ctx, source);
  return OpenBareDump(ctx, source, first);
}

}  // namespace reprise::archive
