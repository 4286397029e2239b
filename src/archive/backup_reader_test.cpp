#include "archive/backup_reader.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "archive/verify.hpp"
#include "base/file.hpp"

namespace reprise::archive {
namespace {

// The genuine backup lies beside the repository on machines that have it.
std::filesystem::path GenuineBackup() {
  return std::filesystem::path(__FILE__).parent_path() /
         "../../../shared/data/odoo14-native-backup.zip";
}

TEST(GenuineOdooZip, IsReadAndVerifiedWhole) {
  auto file = OpenFile(GenuineBackup());
  if (!file) GTEST_SKIP() << "no genuine backup beside this repository: " << GenuineBackup();
  const auto report = VerifyBackup(Context(), **file, nullptr);
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_EQ(report->format, BackupFormat::kOdooZip);
  EXPECT_EQ(report->dump_kind, DumpKind::kPlainSql);
  EXPECT_EQ(report->dump_bytes, 11'695'100U);
  EXPECT_EQ(report->filestore_files, 232U);
  EXPECT_EQ(report->manifest.db_name, "prod-main");
  EXPECT_EQ(report->manifest.odoo_version, "14.0");
  EXPECT_EQ(report->manifest.modules.size(), 70U);
}

}  // namespace
}  // namespace reprise::archive
