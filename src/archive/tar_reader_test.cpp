#include "archive/tar_reader.hpp"

#include <gtest/gtest.h>

#include <map>

#include "archive/archive_samples.hpp"

namespace reprise::archive {
namespace {

using Files = std::map<std::string, std::string>;

Result<Files> FilesOf(const std::string& tar) {
  StringReader bytes(tar);
  TarReader reader(bytes);
  Files files;
  while (true) {
    ASSIGN_OR_RETURN(const auto entry, reader.Next(Context()));
    if (!entry) return files;
    EXPECT_EQ(entry->header_offset % kTarBlock, 0U);
    if (entry->kind == TarKind::kDirectory) continue;
    ASSIGN_OR_RETURN(files[entry->name], ReadAll(Context(), reader.content(), entry->size));
  }
}

TEST(TarHeader, IsReadAsItWasWritten) {
  for (const ByteCount size : {ByteCount{0}, ByteCount{1}, ByteCount{077777777777},
                               ByteCount{0100000000000}, ByteCount{1} << 45}) {
    const auto header = ParseTarHeader(MakeTarHeader("prod-main", FilestorePath("x"), size));
    ASSERT_TRUE(header) << header.error().Sentence();
    EXPECT_EQ(header->name, "prod-main/" + FilestorePath("x"));
    EXPECT_EQ(header->size, size);
    EXPECT_EQ(header->kind, TarKind::kFile);
  }
}

// Whoever unpacks an archive by hand has files that Odoo's own backup, a zip, can take.
TEST(TarHeader, IsOfATimeThatZipKnows) {
  const TarBlock header = MakeTarHeader("prod-main", "x", 1);
  const std::string text(header.data(), header.size());
  constexpr long kFirstOfZip = 315532800;  // 1980
  EXPECT_GT(std::stol(text.substr(136, 11), nullptr, 8), kFirstOfZip);
}

TEST(TarReader, PassesOverWhatIsNotRead) {
  StringReader bytes(MakeTar({{"a", SomeBytes(5000, 1)}, {"b", "second"}}));
  TarReader reader(bytes);
  ASSERT_TRUE(reader.Next(Context()));
  const auto second = reader.Next(Context());
  ASSERT_TRUE(second);
  ASSERT_TRUE(*second);
  EXPECT_EQ((*second)->name, "b");
  EXPECT_EQ(ReadAll(Context(), reader.content(), 100).value_or(""), "second");
}

TEST(TarReader, EndsOnlyAtItsEnd) {
  const std::string tar = MakeTar({{"a", "first"}});
  for (std::size_t length = 0; length < tar.size() - 1024; ++length) {
    EXPECT_FALSE(FilesOf(tar.substr(0, length))) << length;
  }
}

TEST(TarReader, ReadsEveryFormatOfGnuTar) {
  if (RunTool("tar --version | grep -q GNU").status != 0) GTEST_SKIP() << "no GNU tar";
  const TemporaryFolder folder;
  // Longer than the 100 bytes of a tar's name field.
  const std::string long_name = std::string(70, 'd') + "-" + std::string(60, 'e');
  folder.Write("short", "one");
  folder.Write(long_name, "two");
  const std::string large = SomeBytes(1'000'000, 1);
  folder.Write("large", large);
  for (const std::string format : {"gnu", "pax", "ustar", "oldgnu"}) {
    SCOPED_TRACE(format);
    if (format == "ustar") std::filesystem::remove(folder.path() / long_name);
    const std::string file = folder.path().string() + ".tar";
    const ToolRun run =
        RunTool("tar --format=" + format + " -C " + folder.path().string() + " -cf " + file + " .");
    ASSERT_EQ(run.status, 0) << run.output;
    const std::string tar = ReadTextFile(file, 10 << 20).value_or("");
    std::filesystem::remove(file);
    const auto files = FilesOf(tar);
    ASSERT_TRUE(files) << files.error().Sentence();
    Files expected{{"./short", "one"}, {"./large", large}};
    if (format != "ustar") expected["./" + long_name] = "two";
    EXPECT_TRUE(*files == expected);
    if (format == "ustar") folder.Write(long_name, "two");
  }
}

TEST(TarReader, ReadsWhatPythonWrites) {
  if (RunTool("command -v python3").status != 0) GTEST_SKIP() << "no python3";
  const TemporaryFolder folder;
  const std::string file = folder.path().string() + ".tar";
  const std::string member = folder.Write("data", "content");
  const ToolRun run = RunTool(
      "python3 -c \"import sys, tarfile; t = tarfile.open(sys.argv[1], 'w'); "
      "t.add(sys.argv[2], 'prod/data'); t.close()\" " +
      file + " " + member);
  ASSERT_EQ(run.status, 0) << run.output;
  const auto files = FilesOf(ReadTextFile(file).value_or(""));
  std::filesystem::remove(file);
  ASSERT_TRUE(files) << files.error().Sentence();
  EXPECT_EQ(*files, (Files{{"prod/data", "content"}}));
}

TEST(Pax, TellsPathAndSize) {
  const auto fields = ParsePax("12 path=abc\n11 size=42\n22 mtime=1700000000.5\n");
  ASSERT_TRUE(fields) << fields.error().Sentence();
  EXPECT_EQ(fields->path, "abc");
  EXPECT_EQ(fields->size, 42U);
}

TEST(Pax, RefusesLinksAndNonsense) {
  EXPECT_EQ(ParsePax("16 linkpath=abc\n").error().code, ErrorCode::kArchiveHostile);
  EXPECT_EQ(ParsePax("25 GNU.sparse.major=1.00\n").error().code, ErrorCode::kArchiveHostile);
  for (const std::string_view text : {"x", "5", "99 path=a\n", "2 x\n", "12 path=abc ", "0 a=b\n",
                                      "11 size=4x\n", "18446744073709551616 a=b\n"}) {
    const auto fields = ParsePax(text);
    ASSERT_FALSE(fields) << text;
    EXPECT_EQ(fields.error().code, ErrorCode::kArchiveCorrupt) << text;
  }
}

}  // namespace
}  // namespace reprise::archive
