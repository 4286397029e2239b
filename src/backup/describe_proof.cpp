#include "backup/describe_proof.hpp"

#include <boost/json/array.hpp>
#include <vector>

namespace reprise::backup {
namespace {

boost::json::array ArrayOf(const std::vector<std::string>& names) {
  return boost::json::array(names.begin(), names.end());
}

}  // namespace

boost::json::object DescribeProof(const domain::BackupId& id, const std::string& sha256,
                                  const archive::VerifyReport& report, Instant now) {
  using boost::json::object;
  const archive::Manifest& manifest = report.manifest;
  object filestore{
      {"present", report.has_filestore},
      {"files", report.filestore_files},
      {"bytes", report.filestore_bytes},
      {"every_file_hashes_to_its_name", report.has_filestore && report.files_not_read == 0},
      {"compared_with_attachments", report.compared}};
  // Those that an incremental backup has of earlier ones, as they were read then.
  if (report.files_not_read > 0) filestore["files_read_earlier"] = report.files_not_read;
  if (report.compared) {
    filestore["attachments"] = report.attachments;
    filestore["missing"] = ArrayOf(report.missing);
    filestore["wrong_size"] = ArrayOf(report.wrong_size);
    filestore["orphans"] = ArrayOf(report.orphans);
  }
  object archive{{"format", archive::NameOf(report.format)}, {"bytes", report.archive_bytes}};
  if (!sha256.empty()) archive["sha256"] = sha256;
  if (!report.manifest_sha256.empty()) archive["manifest_sha256"] = report.manifest_sha256;
  return {{"kind", "backup"},
          {"result", report.warnings.empty() ? "proven" : "proven_with_warnings"},
          {"backup_id", id.value},
          {"archive", std::move(archive)},
          {"dump", object{{"bytes", report.dump_bytes},
                          {"sha256", report.dump_sha256},
                          {"compared_with_manifest", manifest.sha256.contains("dump.sql")}}},
          {"filestore", std::move(filestore)},
          {"environment", object{{"name", manifest.environment_name},
                                 {"db_name", manifest.db_name},
                                 {"odoo_version", manifest.odoo_version},
                                 {"postgres_version", manifest.postgres_version},
                                 {"modules", manifest.modules.size()}}},
          {"warnings", ArrayOf(report.warnings)},
          {"proven_at", FormatInstant(now)}};
}

}  // namespace reprise::backup
