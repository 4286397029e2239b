#include "archive/backup_reader.hpp"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "archive/archive_samples.hpp"
#include "archive/verify.hpp"

namespace reprise::archive {
namespace {

Result<VerifyReport> Verify(const std::string& bytes) {
  StringSource source(bytes);
  return VerifyBackup(Context(), source, nullptr);
}

using Files = std::map<std::string, std::string>;

Result<Files> FilesOf(BackupReader& backup, const FilestoreFilter& wanted = {}) {
  Files files;
  RETURN_IF_ERROR(backup.VisitFilestore(
      Context(), wanted, [&](const FilestoreFile& file, ByteReader& content) -> Status {
        ASSIGN_OR_RETURN(files[file.path], ReadAll(Context(), content, file.size));
        return {};
      }));
  return files;
}

std::string OdooZip() {
  return MakeZip({{"dump.sql", SqlDump(), true},
                  {"manifest.json", R"({"db_name": "shop", "major_version": "16.0"})", true},
                  {"filestore/" + FilestorePath("one"), "one", true},
                  {"filestore/checklist/" + FilestorePath("one"), ""},
                  {"filestore/" + FilestorePath(""), ""}});
}

TEST(GenuineOdooZip, IsReadAndVerifiedWhole) {
  const auto file = GenuineBackup();
  if (!file) GTEST_SKIP() << "no genuine backup beside this repository";
  const auto report = VerifyBackup(Context(), *file, nullptr);
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_EQ(report->format, BackupFormat::kOdooZip);
  EXPECT_EQ(report->dump_kind, DumpKind::kPlainSql);
  EXPECT_EQ(report->dump_bytes, 11'695'100U);
  EXPECT_EQ(report->filestore_files, 232U);
  EXPECT_EQ(report->manifest.db_name, "prod-main");
  EXPECT_EQ(report->manifest.odoo_version, "14.0");
  EXPECT_EQ(report->manifest.postgres_version, "13.16");
  EXPECT_EQ(report->manifest.modules.size(), 70U);
}

// A backup whose attachments name these contents, and which holds those files.
std::string ZipOf(const std::vector<std::string>& attachments,
                  const std::vector<std::pair<std::string, std::string>>& files) {
  std::string rows = "COPY public.ir_attachment (id, store_fname, file_size) FROM stdin;\n";
  for (const std::string& content : attachments) {
    rows += "7\t" + FilestorePath(content) + "\t" + std::to_string(content.size()) + "\n";
  }
  std::vector<RawEntry> entries{{"dump.sql", SqlDump(rows + "\\.\n")}};
  for (const auto& [path, content] : files) entries.push_back({"filestore/" + path, content});
  return MakeZip(entries);
}

TEST(Attachments, ThreeRemovedTwoAlteredAndOneOrphanAreRefusedWithExactlyThoseSixNamed) {
  const std::vector<std::string> all{"one", "two", "three", "four", "five", "six", "seven"};
  const auto report = Verify(ZipOf(all, {{FilestorePath("one"), "one"},
                                         {FilestorePath("two"), "two"},
                                         {FilestorePath("three"), "altered"},
                                         {FilestorePath("four"), "four!"},
                                         {FilestorePath("nobody's"), "nobody's"}}));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kArchiveCorrupt);
  for (const std::string content : {"three", "four", "five", "six", "seven", "nobody's"}) {
    EXPECT_NE(report.error().message.find(FilestorePath(content)), std::string::npos) << content;
  }
  for (const std::string content : {"one", "two"}) {
    EXPECT_EQ(report.error().message.find(FilestorePath(content)), std::string::npos) << content;
  }
}

TEST(Attachments, MissingFilesAloneAreAWarningAndAllIsInTheReport) {
  const auto report = Verify(ZipOf(
      {"one", "two"}, {{FilestorePath("one"), "one"}, {FilestorePath("nobody's"), "nobody's"}}));
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_TRUE(report->compared);
  EXPECT_EQ(report->attachments, 2U);
  EXPECT_EQ(report->missing, std::vector<std::string>{FilestorePath("two")});
  EXPECT_EQ(report->orphans, std::vector<std::string>{FilestorePath("nobody's")});
  EXPECT_TRUE(report->wrong_size.empty());
  bool told = false;
  for (const std::string& warning : report->warnings) {
    told = told || warning.find(FilestorePath("two")) != std::string::npos;
  }
  EXPECT_TRUE(told);
}

TEST(Attachments, ADumpThatDoesNotShowThemIsNotComparedWithThem) {
  const auto report = Verify(OdooZip());
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_FALSE(report->compared);
  EXPECT_TRUE(report->orphans.empty());
}

TEST(GenuineOdooZip, IsOpenedWithFewReads) {
  const auto file = GenuineBackup();
  if (!file) GTEST_SKIP() << "no genuine backup beside this repository";
  CountingSource source(ReadWhole(*file));
  const auto backup = OpenBackup(Context(), source);
  ASSERT_TRUE(backup);
  EXPECT_LE(source.reads, 5U);
}

TEST(OpenBackup, ReadsOdoosZip) {
  StringSource source(OdooZip());
  const auto backup = OpenBackup(Context(), source);
  ASSERT_TRUE(backup) << backup.error().Sentence();
  EXPECT_EQ((*backup)->format(), BackupFormat::kOdooZip);
  EXPECT_EQ((*backup)->manifest().db_name, "shop");
  EXPECT_EQ((*backup)->manifest().odoo_version, "16.0");
  EXPECT_EQ((*backup)->manifest().filestore_files, 2U);
  EXPECT_EQ((*backup)->dump_bytes(), SqlDump().size());
  const auto files = FilesOf(**backup);
  ASSERT_TRUE(files) << files.error().Sentence();
  EXPECT_EQ(*files, (Files{{FilestorePath("one"), "one"}, {FilestorePath(""), ""}}));
  const auto listing = (*backup)->filestore_listing();
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->size(), 2U);
}

TEST(OpenBackup, VisitsOnlyWantedFiles) {
  StringSource source(OdooZip());
  const auto backup = OpenBackup(Context(), source);
  ASSERT_TRUE(backup);
  const auto files = FilesOf(**backup, [](const FilestoreFile& file) { return file.size == 3; });
  ASSERT_TRUE(files);
  EXPECT_EQ(*files, (Files{{FilestorePath("one"), "one"}}));
}

TEST(OpenBackup, ReadsTheProductPagesZipWithoutIndex) {
  // As tar makes it: directories, "./", the database's name on top.
  const std::string tar = MakeTar({{"./", "", '5'},
                                   {"./prod-main/", "", '5'},
                                   {"./prod-main/" + FilestorePath("one"), "one"},
                                   {"./prod-main/checklist/", "", '5'},
                                   {"./prod-main/checklist/" + FilestorePath("one"), ""},
                                   {"./prod-main/" + FilestorePath("two"), "two"}});
  StringSource source(MakeZip({{"dump.sql", SqlDump(), true},
                               {"filestore.tar.gz", Gzip(tar), true},
                               {"manifest.json", R"({"database_name": "prod-main"})"}}));
  const auto backup = OpenBackup(Context(), source);
  ASSERT_TRUE(backup) << backup.error().Sentence();
  EXPECT_EQ((*backup)->format(), BackupFormat::kReprise);
  EXPECT_FALSE((*backup)->filestore_listing());
  const auto files = FilesOf(**backup);
  ASSERT_TRUE(files) << files.error().Sentence();
  EXPECT_EQ(*files, (Files{{FilestorePath("one"), "one"}, {FilestorePath("two"), "two"}}));
}

TEST(OpenBackup, KnowsBareDumpsByTheirContent) {
  const std::string sql = Fixture("dump-pg15.sql");
  const std::string custom = Fixture("dump-pg15.custom");
  ASSERT_FALSE(sql.empty());
  struct Case {
    std::string bytes;
    BackupFormat format;
    DumpKind kind;
  };
  for (const Case& given :
       {Case{sql, BackupFormat::kPlainSql, DumpKind::kPlainSql},
        Case{custom, BackupFormat::kCustomDump, DumpKind::kCustom},
        Case{Gzip(sql), BackupFormat::kPlainSqlGzip, DumpKind::kPlainSql},
        Case{Gzip(custom), BackupFormat::kPlainSqlGzip, DumpKind::kCustom},
        Case{Zstd(sql), BackupFormat::kPlainSqlZstd, DumpKind::kPlainSql},
        Case{"\xEF\xBB\xBF" + sql, BackupFormat::kPlainSql, DumpKind::kPlainSql}}) {
    SCOPED_TRACE(NameOf(given.format));
    const auto report = Verify(given.bytes);
    ASSERT_TRUE(report) << report.error().Sentence();
    EXPECT_EQ(report->format, given.format);
    EXPECT_EQ(report->dump_kind, given.kind);
    EXPECT_FALSE(report->has_filestore);
    EXPECT_EQ(report->manifest.postgres_version, "15.18");
    EXPECT_EQ(report->manifest.extensions, (std::vector<std::string>{"pg_trgm", "unaccent"}));
    EXPECT_EQ(report->warnings.size(), 2U);
  }
}

TEST(OpenBackup, AcceptsACustomDumpInAZip) {
  for (const std::string name : {"dump.sql", "dump.dump", "db.dump"}) {
    const auto report = Verify(MakeZip({{name, Fixture("dump-pg15.custom")}}));
    ASSERT_TRUE(report) << report.error().Sentence();
    EXPECT_EQ(report->dump_kind, DumpKind::kCustom);
    EXPECT_EQ(report->manifest.db_name, "src");
  }
}

TEST(OpenBackup, SaysWhatItFoundInsteadOfABackup) {
  struct Case {
    std::string bytes;
    std::string words;
  };
  for (const Case& given :
       {Case{"", "an empty file"}, Case{"hello, this is a letter\n", "text, but not SQL"},
        Case{"<html><body>404</body></html>", "a web page"}, Case{"BZh91AY", "bzip2"},
        Case{std::string(5000, '\0'), "zero bytes"}, Case{"\x01\x02\x03\x04", "unknown binary"},
        Case{MakeTar({{"dump.sql", "x"}}), "a tar archive"},
        Case{Gzip(MakeTar({{"dump.sql", "x"}})), "a tar archive, compressed"}}) {
    const auto report = Verify(given.bytes);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::kFormatUnsupported);
    EXPECT_NE(report.error().message.find(given.words), std::string::npos)
        << report.error().message;
  }
}

TEST(OpenBackup, ReadsDumpAndFilestoreOnTwoThreads) {
  std::vector<RawEntry> entries = {{"dump.sql", SqlDump(SomeBytes(0, 0)), true}};
  const std::string body(3'000'000, '\n');
  entries.front().content = SqlDump(body);
  for (unsigned i = 0; i < 300; ++i) {
    const std::string content = SomeBytes(10'000, i);
    entries.push_back({"filestore/" + FilestorePath(content), content, i % 2 == 0});
  }
  StringSource source(MakeZip(entries));
  const auto backup = OpenBackup(Context(), source);
  ASSERT_TRUE(backup) << backup.error().Sentence();
  Result<std::string> dump;
  {
    const std::jthread dumper([&] {
      auto stream = (*backup)->OpenDump(Context());
      if (stream) dump = ReadAll(Context(), **stream, 10'000'000);
    });
    const auto files = FilesOf(**backup);
    ASSERT_TRUE(files) << files.error().Sentence();
    EXPECT_EQ(files->size(), 300U);
  }
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->size(), entries.front().content.size());
}

TEST(OpenBackup, IsStoppedByItsContext) {
  std::stop_source stop;
  stop.request_stop();
  StringSource source(OdooZip());
  const auto backup = OpenBackup(Context(stop.get_token()), source);
  ASSERT_FALSE(backup);
  EXPECT_EQ(backup.error().code, ErrorCode::kCancelled);
}

TEST(VerifyBackup, TellsProgressUpToTheEnd) {
  StringSource source(OdooZip());
  ByteCount last = 0;
  const auto report = VerifyBackup(Context(), source, [&](ByteCount done, ByteCount all) {
    EXPECT_EQ(all, source.size());
    EXPECT_GE(done, last);
    EXPECT_LE(done, all);
    last = done;
  });
  ASSERT_TRUE(report);
  EXPECT_EQ(last, source.size());
}

}  // namespace
}  // namespace reprise::archive
