#include "archive/custom_dump.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include "archive/archive_samples.hpp"
#include "archive/little_endian.hpp"
#include "archive/verify.hpp"

namespace reprise::archive {
namespace {

Result<CustomDumpInfo> ReadDump(const std::string& bytes) {
  StringReader reader(bytes);
  return ReadCustomDump(Context(), reader);
}

// Writes what pg_dump of a version would write, for the versions that no fixture is of.
class DumpBuilder {
 public:
  explicit DumpBuilder(int minor) : minor_(minor) {
    bytes_ = "PGDMP\x01";
    for (const int byte : {minor, 0, 4, 8, 1}) Byte(byte);
    if (minor >= 15) {
      Byte(1);
    } else {
      Int(-1);
    }
    for (int field = 0; field < 7; ++field) Int(field);
    Text("shop");
    Text("17.2 (Debian 17.2-1)");
    Text("17.5");
  }
  void Count(int entries) { Int(entries); }
  void Entry(int id, const std::string& desc, const std::string& tag, int state,
             const std::string& copy = "copy") {
    Int(id);
    Int(state == 3 ? 0 : 1);
    Text("1259");
    Text("16384");
    Text(tag);
    Text(desc);
    Int(2);
    for (const std::string& text : {std::string("definition"), std::string("drop"), copy,
                                    std::string("public"), std::string()}) {
      Text(text);
    }
    if (minor_ >= 14) Text("heap");
    if (minor_ >= 16) Int('r');
    Text("odoo");
    Text("false");
    Text("1");
    Null();
    Byte(state);
    bytes_.append(8, '\0');
  }
  void Data(int id, const std::string& content) {
    Byte(1);
    Int(id);
    Text(content);
    Int(0);
  }
  void Blobs(int id) {
    Byte(3);
    Int(id);
    for (int oid = 5; oid < 8; ++oid) {
      Int(oid);
      Text("large object");
      Int(0);
    }
    Int(0);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void Byte(int value) { bytes_.push_back(static_cast<char>(value)); }
  void Int(int value) {
    Byte(value < 0 ? 1 : 0);
    AppendLittleEndian(bytes_, static_cast<std::uint32_t>(value < 0 ? -value : value));
  }
  void Text(const std::string& text) {
    Int(static_cast<int>(text.size()));
    bytes_ += text;
  }
  void Null() { Int(-1); }

  int minor_;
  std::string bytes_;
};

std::string DumpOfVersion(int minor) {
  DumpBuilder builder(minor);
  builder.Count(4);
  builder.Entry(10, "EXTENSION", "pg_trgm", 3);
  builder.Entry(11, "TABLE", "partner", 3);
  builder.Entry(12, "TABLE DATA", "partner", 1);
  builder.Entry(13, "BLOBS", "BLOBS", 2);
  builder.Data(12, "1\tone\n");
  builder.Blobs(13);
  return builder.bytes();
}

TEST(CustomDump, OfPostgres15IsRead) {
  const auto info = ReadDump(Fixture("dump-pg15.custom"));
  ASSERT_TRUE(info) << info.error().Sentence();
  EXPECT_EQ(info->archive_version, "1.14.0");
  EXPECT_EQ(info->db_name, "src");
  EXPECT_EQ(info->server_version.substr(0, 5), "15.18");
  EXPECT_EQ(info->pg_dump_version.substr(0, 5), "15.18");
  EXPECT_EQ(info->extensions, (std::vector<std::string>{"pg_trgm", "unaccent"}));
  ASSERT_EQ(info->data.size(), 4U);
  std::vector<std::string> names;
  for (const CustomDumpData& data : info->data) names.push_back(data.desc + " " + data.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"TABLE DATA Weird \"Name\" ; --x", "TABLE DATA parted1",
                                      "TABLE DATA partner", "BLOBS BLOBS"}));
}

TEST(CustomDump, OfEveryKnownVersionIsRead) {
  for (int minor = 12; minor <= 16; ++minor) {
    const auto info = ReadDump(DumpOfVersion(minor));
    ASSERT_TRUE(info) << minor << ": " << info.error().Sentence();
    EXPECT_EQ(info->db_name, "shop");
    EXPECT_EQ(info->entries, 4U);
    EXPECT_EQ(info->extensions, std::vector<std::string>{"pg_trgm"});
    EXPECT_EQ(info->data.size(), 2U);
  }
}

TEST(CustomDump, OfAnUnknownVersionIsNamed) {
  for (const int minor : {11, 17}) {
    const auto info = ReadDump(DumpOfVersion(minor));
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error().code, ErrorCode::kIncompatible);
    EXPECT_NE(info.error().message.find("1." + std::to_string(minor)), std::string::npos);
  }
}

TEST(CustomDump, OfATarOrADirectoryIsNoWholeDump) {
  std::string dump = Fixture("dump-pg15.custom");
  dump[10] = '\3';  // the format
  const auto info = ReadDump(dump);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, ErrorCode::kFormatUnsupported);
  EXPECT_FALSE(info.error().hint.empty());
  StringSource source(dump);
  EXPECT_FALSE(VerifyBackup(Context(), source, nullptr)) << "nor does it pass for a newer version";
}

TEST(CustomDump, IsRefusedWhereverItIsCut) {
  for (const std::string& dump : {Fixture("dump-pg15.custom"), DumpOfVersion(16)}) {
    for (std::size_t length = 5; length < dump.size(); length += 3) {
      const auto info = ReadDump(dump.substr(0, length));
      ASSERT_FALSE(info) << length;
      ASSERT_EQ(info.error().code, ErrorCode::kArchiveCorrupt) << length;
    }
  }
}

TEST(CustomDump, WithRubbishBehindIsRefused) { EXPECT_FALSE(ReadDump(DumpOfVersion(16) + "x")); }

TEST(CustomDump, WithFlippedBitsNeverHurts) {
  const std::string dump = Fixture("dump-pg15.custom");
  for (std::size_t at = 0; at < dump.size(); at += 7) {
    for (const int bit : {0x01, 0x80}) {
      std::string flipped = dump;
      flipped[at] = static_cast<char>(flipped[at] ^ bit);
      const auto info = ReadDump(flipped);
      if (info) {
        EXPECT_LE(info->data.size(), 5U);
      }
    }
  }
}

TEST(CustomDump, WithDataThatItsContentsDoNotNameIsRefused) {
  DumpBuilder builder(14);
  builder.Count(1);
  builder.Entry(12, "TABLE DATA", "partner", 1);
  builder.Data(12, "1\n");
  builder.Data(12, "1\n");
  EXPECT_EQ(ReadDump(builder.bytes()).error().code, ErrorCode::kArchiveCorrupt);
}

TEST(CustomDump, IsMeasuredWithWhatCopiesItsRows) {
  StringReader reader(Fixture("dump-pg15.custom"));
  const auto info = MeasureCustomDump(Context(), reader);
  ASSERT_TRUE(info) << info.error().Sentence();
  EXPECT_EQ(info->encoding, "SET client_encoding = 'UTF8';\n");
  ASSERT_EQ(info->data.size(), 4U);
  EXPECT_EQ(info->data[2].copy, "COPY public.partner (id, name, note, blob) FROM stdin;\n");
  EXPECT_TRUE(info->data[3].copy.empty()) << "large objects";
  for (const int minor : {12, 14, 15, 16}) {
    StringReader built(DumpOfVersion(minor));
    const auto measured = MeasureCustomDump(Context(), built);
    ASSERT_TRUE(measured) << minor << ": " << measured.error().Sentence();
    EXPECT_EQ(measured->data.front().copy, "copy");
    EXPECT_EQ(measured->data.front().bytes, 5U + 6U + 5U) << "two lengths and the data";
  }
}

TEST(CustomDump, OfMoreThanMayBeKeptIsNotMeasured) {
  StringReader reader(Fixture("dump-pg15.custom"));
  const auto info = MeasureCustomDump(Context(), reader, 1000);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, ErrorCode::kPayloadTooLarge);
}

std::string Packed(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::string packed(size, '\0');
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): zlib's bytes
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(text.data()), text.size());
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  packed.resize(size);
  return packed;
}

TEST(CustomDump, ShowsTheFilesThatItsAttachmentsName) {
  for (const int minor : {14, 16}) {
    DumpBuilder dump(minor);
    dump.Count(3);
    dump.Entry(1, "TABLE DATA", "res_users", 2);
    dump.Entry(2, "TABLE DATA", "ir_attachment", 2,
               "COPY public.ir_attachment (id, store_fname, file_size) FROM stdin;\n");
    dump.Entry(3, "TABLE DATA", "sale_order", 2);
    dump.Data(1, Packed("1\tab/ab99\t3\n\\.\n\n\n"));
    dump.Data(2, Packed("1\tab/ab12\t17\n2\t\\N\t4\n\\.\n\n\n"));
    dump.Data(3, Packed("x"));
    StringReader reader(dump.bytes());
    AttachmentScanner attachments;
    const auto info = ReadCustomDump(Context(), reader, &attachments);
    ASSERT_TRUE(info) << info.error().Sentence();
    EXPECT_TRUE(attachments.complete());
    EXPECT_EQ(attachments.files(), (AttachmentScanner::Files{{"ab/ab12", 17}}));
  }
}

}  // namespace
}  // namespace reprise::archive
