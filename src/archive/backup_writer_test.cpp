#include "archive/backup_writer.hpp"

#include <gtest/gtest.h>

#include <map>

#include "archive/archive_samples.hpp"
#include "archive/gzip_writer.hpp"
#include "archive/verify.hpp"
#include "base/hash.hpp"

namespace reprise::archive {
namespace {

constexpr std::size_t kLargeFile = 5'000'000;  // several gzip members

std::vector<std::string> SomeFiles() {
  std::vector<std::string> contents = {"", "one", SomeBytes(512, 1), SomeBytes(kLargeFile, 2)};
  for (unsigned i = 3; i < 60; ++i) contents.push_back(SomeBytes(300'000, i));
  return contents;
}

std::string Write(const std::vector<std::string>& contents, const WriterOptions& options = {},
                  const Manifest& manifest = {}) {
  StringWriter sink;
  const auto writer = BackupWriter::Create(sink, options);
  StringReader dump(Fixture("dump-pg15.custom"));
  EXPECT_TRUE(writer->WriteDump(Context(), dump));
  for (const std::string& content : contents) {
    StringReader reader(content);
    const Status added = writer->AddFile(Context(), FilestorePath(content), content.size(), reader);
    EXPECT_TRUE(added) << added.error().Sentence();
  }
  EXPECT_TRUE(writer->Finish(Context(), manifest));
  return sink.Take();
}

using Files = std::map<std::string, std::string>;

Files FilesOf(BackupReader& backup, const FilestoreFilter& wanted) {
  Files files;
  const Status visited = backup.VisitFilestore(
      Context(), wanted, [&](const FilestoreFile& file, ByteReader& content) -> Status {
        ASSIGN_OR_RETURN(files[file.path], ReadAll(Context(), content, file.size));
        return {};
      });
  EXPECT_TRUE(visited) << visited.error().Sentence();
  return files;
}

TEST(BackupWriter, WritesWhatTheReaderReads) {
  const std::vector<std::string> contents = SomeFiles();
  Manifest manifest;
  manifest.db_name = "shop";
  manifest.table_rows["public.res_users"] = 7;
  StringSource source(Write(contents, {.db_name = "shop"}, manifest));
  const auto report = VerifyBackup(Context(), source, nullptr);
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_EQ(report->format, BackupFormat::kReprise);
  EXPECT_EQ(report->filestore_files, contents.size());
  EXPECT_EQ(report->manifest.filestore_files, contents.size());
  EXPECT_EQ(report->manifest.table_rows.at("public.res_users"), 7U);
  EXPECT_EQ(report->dump_sha256, HashOf(HashKind::kSha256, Fixture("dump-pg15.custom")));
  EXPECT_TRUE(report->warnings.empty());

  const auto backup = OpenBackup(Context(), source);
  ASSERT_TRUE(backup);
  const Files files = FilesOf(**backup, {});
  EXPECT_EQ(files.size(), contents.size());
  for (const std::string& content : contents) EXPECT_EQ(files.at(FilestorePath(content)), content);
  ASSERT_TRUE((*backup)->filestore_listing());
  EXPECT_EQ((*backup)->filestore_listing()->size(), contents.size());
}

TEST(BackupWriter, LetsSingleFilesBeFetchedCheaply) {
  const std::vector<std::string> contents = SomeFiles();
  CountingSource source(Write(contents));
  const auto backup = OpenBackup(Context(), source);
  ASSERT_TRUE(backup);
  source.bytes = 0;
  for (const std::string& content : {contents[1], contents[3], contents.back()}) {
    const std::string path = FilestorePath(content);
    const Files files =
        FilesOf(**backup, [&](const FilestoreFile& file) { return file.path == path; });
    EXPECT_EQ(files, (Files{{path, content}}));
  }
  // The members that hold them and the blocks around the zip's headers, of 22 MB unpacked.
  EXPECT_LT(source.bytes, source.size());
}

TEST(BackupWriter, FetchesOneFileByLittleMoreThanItsMember) {
  std::vector<std::string> contents;
  contents.reserve(100);
  for (unsigned i = 0; i < 100; ++i) contents.push_back(SomeBytes(100'000, i));
  CountingSource source(Write(contents));
  const auto backup = OpenBackup(Context(), source);
  ASSERT_TRUE(backup);
  const std::string path = FilestorePath(contents[50]);
  const auto wanted = [&](const FilestoreFile& file) { return file.path == path; };
  FilesOf(**backup, wanted);  // now the zip's own headers are in the cache
  source.bytes = 0;
  EXPECT_EQ(FilesOf(**backup, wanted), (Files{{path, contents[50]}}));
  EXPECT_LE(source.bytes, GzipWriter::kMemberBytes);
}

TEST(BackupWriter, FetchesAllFilesByFewReads) {
  std::vector<std::string> contents;
  contents.reserve(100);
  for (unsigned i = 0; i < 100; ++i) contents.push_back(SomeBytes(100'000, i));
  CountingSource source(Write(contents));
  const auto backup = OpenBackup(Context(), source);
  ASSERT_TRUE(backup);
  source.reads = 0;
  EXPECT_EQ(FilesOf(**backup, [](const FilestoreFile&) { return true; }).size(), contents.size());
  EXPECT_LE(source.reads, 4U) << "pieces of 4 MiB";
}

TEST(BackupReader, AManifestVouchesForTheDumpAndForEachFileByTheIndex) {
  Manifest manifest;
  manifest.db_name = "shop";
  StringSource source(Write(SomeFiles(), {}, manifest));
  const auto backup = OpenBackup(Context(), source);
  ASSERT_TRUE(backup);
  EXPECT_EQ((*backup)->manifest_sha256().size(), 64U);
  manifest.db_name = "another";
  StringSource other(Write(SomeFiles(), {}, manifest));
  const auto another = OpenBackup(Context(), other);
  ASSERT_TRUE(another);
  EXPECT_NE((*another)->manifest_sha256(), (*backup)->manifest_sha256());
  StringSource zip(
      MakeZip({{.name = "dump.sql", .content = SqlDump()},
               {.name = "manifest.json", .content = R"({"odoo_dump": "1", "db_name": "shop"})"}}));
  const auto odoo = OpenBackup(Context(), zip);
  ASSERT_TRUE(odoo);
  EXPECT_EQ((*odoo)->manifest_sha256(), "") << "it has no checksum of the dump";
}

TEST(BackupWriter, FetchesNothingWhenNothingIsWanted) {
  CountingSource source(Write(SomeFiles()));
  const auto backup = OpenBackup(Context(), source);
  ASSERT_TRUE(backup);
  source.bytes = 0;
  EXPECT_TRUE(FilesOf(**backup, [](const FilestoreFile&) { return false; }).empty());
  EXPECT_LE(source.bytes, 1U << 20U);
}

TEST(BackupWriter, WritesABackupWithoutFilestore) {
  StringSource source(Write({}));
  const auto report = VerifyBackup(Context(), source, nullptr);
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_EQ(report->format, BackupFormat::kReprise);
  EXPECT_FALSE(report->has_filestore);
}

TEST(BackupWriter, WritesAnEmptyFilestoreWhenThereIsOne) {
  Manifest manifest;
  manifest.has_filestore = true;
  StringSource source(Write({}, {}, manifest));
  const auto report = VerifyBackup(Context(), source, nullptr);
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_TRUE(report->has_filestore);
  EXPECT_EQ(report->filestore_files, 0U);
}

TEST(BackupWriter, LeavesOutATopDirectoryThatCannotBeOne) {
  for (const std::string name : {"", "a/b", "..", ".", "checklist", "a\nb"}) {
    StringSource source(Write({"one"}, {.db_name = name}));
    EXPECT_TRUE(VerifyBackup(Context(), source, nullptr)) << name;
  }
}

TEST(BackupWriter, TakesTheLongestDatabaseName) {
  StringSource source(Write({"one"}, {.db_name = std::string(63, 'd')}));
  EXPECT_TRUE(VerifyBackup(Context(), source, nullptr));
}

Status AddTo(BackupWriter& writer, const std::string& path, ByteCount size,
             const std::string& content) {
  StringReader reader(content);
  return writer.AddFile(Context(), path, size, reader);
}

class BackupWriterRefuses : public testing::Test {
 protected:
  void SetUp() override {
    StringReader dump("PGDMP");
    ASSERT_TRUE(writer_->WriteDump(Context(), dump));
  }
  StringWriter sink_;
  std::unique_ptr<BackupWriter> writer_ = BackupWriter::Create(sink_);
};

TEST_F(BackupWriterRefuses, AFileThatIsNotItsName) {
  const Status added = AddTo(*writer_, FilestorePath("x"), 1, "y");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kProofFailed);
  EXPECT_NE(added.error().message.find(FilestorePath("x")), std::string::npos);
}

TEST_F(BackupWriterRefuses, AFileThatChangedItsSize) {
  for (const ByteCount size : {2U, 4U}) {
    const auto writer = BackupWriter::Create(sink_);
    StringReader dump("PGDMP");
    ASSERT_TRUE(writer->WriteDump(Context(), dump));
    const Status added = AddTo(*writer, FilestorePath("abc"), size, "abc");
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, ErrorCode::kProofFailed);
  }
}

TEST_F(BackupWriterRefuses, AFileThatComesTwice) {
  ASSERT_TRUE(AddTo(*writer_, FilestorePath("x"), 1, "x"));
  EXPECT_EQ(AddTo(*writer_, FilestorePath("x"), 1, "x").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(BackupWriterRefuses, APathThatIsNone) {
  EXPECT_EQ(AddTo(*writer_, "../x", 1, "x").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(BackupWriterRefuses, AnEmptyDump) {
  const auto writer = BackupWriter::Create(sink_);
  StringReader dump("");
  EXPECT_EQ(writer->WriteDump(Context(), dump).error().code, ErrorCode::kDumpFailed);
}

// Once in each order: the database's dump may be ready last.
TEST(BackupWriter, TakesTheDumpBeforeTheFilesOrAfterThem) {
  for (const bool files_first : {false, true}) {
    StringWriter sink;
    const auto writer = BackupWriter::Create(sink);
    const auto dump = [&] {
      StringReader reader(Fixture("dump-pg15.custom"));
      EXPECT_TRUE(writer->WriteDump(Context(), reader));
    };
    if (!files_first) dump();
    EXPECT_TRUE(AddTo(*writer, FilestorePath("one"), 3, "one"));
    EXPECT_TRUE(AddTo(*writer, FilestorePath("two"), 3, "two"));
    if (files_first) {
      dump();
      EXPECT_FALSE(AddTo(*writer, FilestorePath("x"), 1, "x")) << "too late";
    }
    EXPECT_TRUE(writer->Finish(Context(), Manifest()));
    StringSource source(sink.text());
    const auto report = VerifyBackup(Context(), source, nullptr);
    ASSERT_TRUE(report) << report.error().Sentence();
    EXPECT_EQ(report->filestore_files, 2U);
    EXPECT_EQ(sink.text().find("dump.sql") < sink.text().find("filestore.tar.gz"), !files_first);
  }
}

TEST_F(BackupWriterRefuses, CallsOutOfOrder) {
  const auto writer = BackupWriter::Create(sink_);
  EXPECT_TRUE(AddTo(*writer, FilestorePath("x"), 1, "x"));
  EXPECT_FALSE(writer->Finish(Context(), Manifest())) << "there is no dump";
  ASSERT_TRUE(writer_->Finish(Context(), Manifest()));
  EXPECT_FALSE(writer_->Finish(Context(), Manifest()));
  EXPECT_FALSE(AddTo(*writer_, FilestorePath("x"), 1, "x"));
}

class OtherTools : public testing::Test {
 protected:
  // Skips the test when the tool is not there.
  static void Need(const std::string& tool) {
    if (RunTool("command -v " + tool).status != 0) GTEST_SKIP() << tool << " is not installed";
  }
  TemporaryFolder folder_;
  std::vector<std::string> contents_ = SomeFiles();
  std::string zip_ = folder_.Write("backup.zip", Write(contents_, {.db_name = "prod-main"}));
};

TEST_F(OtherTools, UnzipTestsIt) {
  Need("unzip");
  if (IsSkipped()) return;
  const ToolRun run = RunTool("unzip -t " + zip_);
  EXPECT_EQ(run.status, 0) << run.output;
}

TEST_F(OtherTools, PythonReadsIt) {
  Need("python3");
  if (IsSkipped()) return;
  const ToolRun run = RunTool(
      "python3 -c \"import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
      "print(z.testzip(), *z.namelist())\" " +
      zip_);
  EXPECT_EQ(run.output, "None dump.sql filestore.tar.gz filestore.index manifest.json\n");
}

TEST_F(OtherTools, TarUnpacksItsFilestoreToWhereOdooLooks) {
  Need("tar");
  Need("unzip");
  if (IsSkipped()) return;
  const std::string folder = folder_.path().string();
  const ToolRun run = RunTool("unzip -p " + zip_ + " filestore.tar.gz | tar -xzf - -C " + folder);
  ASSERT_EQ(run.status, 0) << run.output;
  for (const std::string& content : contents_) {
    const auto path = folder_.path() / "prod-main" / FilestorePath(content);
    EXPECT_EQ(ReadTextFile(path, kLargeFile).value_or("missing"), content);
  }
}

}  // namespace
}  // namespace reprise::archive
