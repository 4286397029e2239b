#include "archive/packed_filestore.hpp"

#include <gtest/gtest.h>

#include <map>

#include "archive/archive_samples.hpp"
#include "archive/backup_writer.hpp"
#include "archive/crc32.hpp"
#include "archive/verify.hpp"

namespace reprise::archive {
namespace {

// Remembers where each write began.
class PieceWriter final : public ByteWriter {
 public:
  [[nodiscard]] Status Write(const Context&, ConstByteSpan bytes) override {
    begins[text.size()] = bytes.size();
    text += TextOf(bytes);
    return {};
  }
  [[nodiscard]] Status Close(const Context&) override { return {}; }

  std::string text;
  std::map<std::size_t, std::size_t> begins;  // to length
};

const std::vector<std::string> kContents = {"",
                                            "one",
                                            SomeBytes(512, 1),
                                            SomeBytes(300'000, 2),
                                            SomeBytes(300'000, 3),
                                            SomeBytes(512 * 1024 - 512, 4),  // fills its member
                                            SomeBytes(512 * 1024 - 511, 5),  // goes past it
                                            SomeBytes(5'000'000, 6),
                                            "the last"};

void Add(BackupWriter& writer, const std::string& content) {
  StringReader reader(content);
  const Status added = writer.AddFile(Context(), FilestorePath(content), content.size(), reader);
  EXPECT_TRUE(added) << added.error().Sentence();
}

std::unique_ptr<BackupWriter> Begin(ByteWriter& sink) {
  auto writer = BackupWriter::Create(sink, {.db_name = "shop"});
  StringReader dump(Fixture("dump-pg15.custom"));
  EXPECT_TRUE(writer->WriteDump(Context(), dump));
  return writer;
}

PackedFilestore Find(RandomReader& source) {
  const auto reader = OpenBackup(Context(), source).value();
  return reader->FindPackedFiles(Context()).value().value();
}

// An archive with all of kContents, and its members.
struct Whole {
  Whole() {
    const auto writer = Begin(sink);
    for (const std::string& content : kContents) Add(*writer, content);
    EXPECT_TRUE(writer->Finish(Context(), {}));
    StringSource source(sink.text);
    packed = Find(source);
    members = MembersOf(packed.files);
  }
  // The bytes of one group of members: as many writes as it has members.
  [[nodiscard]] std::string BytesOfMembers(const FileMembers& group) const {
    std::string bytes;
    auto piece = sink.begins.find(packed.offset + group.offset);
    for (std::size_t i = 0; i < group.count; ++i, ++piece) {
      bytes += sink.text.substr(piece->first, piece->second);
    }
    return bytes;
  }

  PieceWriter sink;
  PackedFilestore packed;
  std::vector<FileMembers> members;
};

TEST(PackedFilestore, TellsWhichMembersHoldWhichFiles) {
  const Whole whole;
  ASSERT_EQ(whole.packed.files.size(), kContents.size());
  ByteCount end = 0;
  std::size_t file = 0;
  for (const FileMembers& group : whole.members) {
    EXPECT_EQ(group.offset, end);
    EXPECT_EQ(group.first_file, file);
    end += whole.BytesOfMembers(group).size();
    file = group.last_file;
  }
  EXPECT_EQ(file, kContents.size());
  // What follows is the end of the tar, in a member of its own.
  EXPECT_EQ(whole.sink.begins.at(whole.packed.offset + end), whole.packed.bytes - end);
}

// Members of one archive, in another order and without some, in another archive.
TEST(PackedFilestore, MembersThatLieElsewhereMakeAnArchiveLikeAnyOther) {
  const Whole whole;
  PieceWriter sink;
  const auto writer = Begin(sink);
  ASSERT_TRUE(writer->BeginFilestore(Context()));
  std::string composed = sink.text;
  std::uint64_t files = 0;
  for (std::size_t i = whole.members.size(); i-- > 1;) {
    const FileMembers& group = whole.members[i];
    const std::string bytes = whole.BytesOfMembers(group);
    PackedFiles packed{{}, bytes.size(), Crc32(0, BytesOf(bytes))};
    for (std::size_t f = group.first_file; f < group.last_file; ++f) {
      packed.files.push_back(whole.packed.files[f]);
      packed.files.back().member_offset -= group.offset;
    }
    files += packed.files.size();
    ASSERT_TRUE(writer->AddPacked(Context(), packed));
    composed += bytes;
  }
  const std::size_t before = sink.text.size();
  Add(*writer, "a new one");
  Add(*writer, SomeBytes(700'000, 77));
  ASSERT_TRUE(writer->FlushFiles(Context()));
  const auto written = writer->Finish(Context(), {});
  ASSERT_TRUE(written) << written.error().Sentence();
  EXPECT_FALSE(written->sha256.contains("filestore.tar.gz"));
  composed += sink.text.substr(before);

  StringSource source(composed);
  const auto report = VerifyBackup(Context(), source, nullptr);
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_EQ(report->filestore_files, files + 2);
  EXPECT_FALSE(report->manifest_sha256.empty());
  const TemporaryFolder folder;
  const ToolRun unzip = RunTool("unzip -t " + folder.Write("a.zip", composed));
  EXPECT_TRUE(unzip.status == 0 || unzip.status == 127) << unzip.output;
}

TEST(PackedFilestore, OneAddedBehindOthersIsRefused) {
  StringWriter sink;
  const auto writer = Begin(sink);
  Add(*writer, "a file");
  EXPECT_FALSE(writer->AddPacked(Context(), {}));
}

TEST(PackedFilestore, IsNotKnownOfOtherFormats) {
  StringSource source(Fixture("dump-pg15.custom"));
  const auto reader = OpenBackup(Context(), source).value();
  EXPECT_EQ(reader->FindPackedFiles(Context()).value().has_value(), false);
}

// For whoever knows that the others were read before.
TEST(VerifyOfSome, BelievesTheListingForTheOthers) {
  Whole whole;
  const std::string last = FilestorePath(kContents.back());
  const FileMembers& first = whole.members.front();
  whole.sink.text[whole.packed.offset + first.offset + 30] ^= 1;  // of the others
  StringSource source(whole.sink.text);
  const auto report = VerifyBackup(Context(), source, nullptr,
                                   [&](const FilestoreFile& file) { return file.path == last; });
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_EQ(report->filestore_files, kContents.size());
  EXPECT_EQ(report->files_not_read, kContents.size() - 1);
  EXPECT_FALSE(VerifyBackup(Context(), source, nullptr));
}

}  // namespace
}  // namespace reprise::archive
