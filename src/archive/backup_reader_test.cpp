#include "archive/backup_reader.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "archive/backup_writer.hpp"
#include "archive/verify.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"

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

TEST(RepriseZip, RoundTrip) {
  StringWriter sink;
  const auto writer = BackupWriter::Create(sink, {.db_name = "prod-main"});
  StringReader dump("--\n-- PostgreSQL database dump\n--\nSET x;\n-- PostgreSQL database dump complete\n");
  ASSERT_TRUE(writer->WriteDump(Context(), dump));
  for (std::size_t size : {0U, 10U, 5000000U, 77U, 3000000U, 2000000U}) {
    std::string content(size, 'x');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>((i * i / 7) & 0x7FU);
    const std::string digest = HashOf(HashKind::kSha1, content);
    StringReader reader(content);
    const auto st = writer->AddFile(Context(), digest.substr(0, 2) + "/" + digest, size, reader);
    ASSERT_TRUE(st) << st.error().Sentence();
  }
  ASSERT_TRUE(writer->Finish(Context(), Manifest{.db_name = "prod-main", .odoo_version = "14.0"}));
  ASSERT_TRUE(WriteTextFile("/tmp/ours.zip", sink.text(), FileMode::kShared));
  StringSource source(sink.text());
  const auto report = VerifyBackup(Context(), source, nullptr);
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_EQ(report->filestore_files, 6U);
}

}  // namespace
}  // namespace reprise::archive
