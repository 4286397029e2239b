#include "archive/filestore_index.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "archive/archive_samples.hpp"
#include "archive/filestore_path.hpp"

namespace reprise::archive {
namespace {

RC_GTEST_PROP(FilestoreIndex, IsReadAsItWasWritten, (const std::vector<std::uint16_t>& sizes)) {
  std::vector<IndexedFile> files;
  ByteCount member = 0;
  ByteCount offset = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::string path = FilestorePath(std::to_string(i));
    files.push_back({path, sizes[i], member, offset});
    offset += 512 + (sizes[i] + 511U) / 512 * 512;
    if (sizes[i] % 5 == 0) {
      member += offset + 20;
      offset = 0;
    }
  }
  const auto parsed = ParseFilestoreIndex(WriteFilestoreIndex(files));
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(*parsed == files);
}

RC_GTEST_PROP(FilestoreIndex, IsNeverReadOutOfBounds, (const std::string& text)) {
  const auto parsed = ParseFilestoreIndex("reprise filestore index 1\n" + text);
  RC_ASSERT(parsed.has_value() == text.empty());
}

TEST(FilestoreIndex, RefusesWhatCannotBe) {
  const std::string one = FilestorePath("1");
  const std::string two = FilestorePath("2");
  const std::string first = "reprise filestore index 1\n";
  for (const std::string& text :
       {std::string("reprise filestore index 2\n"), std::string(), first + one + " 1 0 0",
        first + one + " 1 0\n", first + one + " 1 0 0 0\n", first + one + " -1 0 0\n",
        first + one + " 99999999999999999999 0 0\n", first + one + "  1 0 0\n",
        first + one + " 01 0 0\n", first + one + " 1 00 0\n",
        first + one + " 1 0 0\n" + two + " 1 0 0\n", first + one + " 1 0 0\n" + two + " 1 0 512\n",
        first + one + " 1 5 0\n" + two + " 1 0 0\n", first + one + " 5000000000000000000 0 0\n"}) {
    const auto parsed = ParseFilestoreIndex(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kArchiveCorrupt) << text;
  }
  for (const std::string& text :
       {first + "../../etc/passwd 1 0 0\n", first + one + " 1 0 0\n" + one + " 1 9 0\n"}) {
    const auto parsed = ParseFilestoreIndex(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kArchiveHostile) << text;
  }
}

TEST(FilestorePath, IsTwoHexAndTheSameTwoFirst) {
  EXPECT_TRUE(IsFilestorePath("da/da39a3ee5e6b4b0d3255bfef95601890afd80709"));
  for (const std::string_view path :
       {"", "da/", "db/da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "DA/DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", "da/da39a3ee5e6b4b0d3255bfef95601890afd8070",
        "da/da39a3ee5e6b4b0d3255bfef95601890afd807090",
        "da\\da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "dg/dg39a3ee5e6b4b0d3255bfef95601890afd80709"}) {
    EXPECT_FALSE(IsFilestorePath(path)) << path;
  }
}

TEST(FilestoreEntryName, IsToldFromForeignOnes) {
  const std::string path = FilestorePath("x");
  const std::string fan = path.substr(0, 2);
  using Kind = FilestoreEntryKind;
  const std::vector<std::pair<std::string, Kind>> names = {
      {path, Kind::kFile},
      {"./" + path, Kind::kFile},
      {"shop/" + path, Kind::kFile},
      {"filestore/" + path, Kind::kFile},
      {"filestore/shop/" + path, Kind::kFile},
      {"./filestore/shop/" + path, Kind::kFile},
      {"checklist/" + path, Kind::kMarker},
      {"filestore/shop/checklist/" + path, Kind::kMarker},
      {"./", Kind::kDirectory},
      {"shop/", Kind::kDirectory},
      {"shop/" + fan + "/", Kind::kDirectory},
      {"shop/checklist/" + fan, Kind::kDirectory},
      {"", Kind::kForeign},
      {"/", Kind::kForeign},
      {"/" + path, Kind::kForeign},
      {"../" + path, Kind::kForeign},
      {"shop/./" + path, Kind::kForeign},
      {"shop//" + path, Kind::kForeign},
      {"other/shop/" + path, Kind::kForeign},
      {"a/b/c/d/e/f/" + path, Kind::kForeign},
      {"a\nb/" + path, Kind::kForeign},
      {path + "/", Kind::kForeign},
  };
  for (const auto& [name, kind] : names) {
    const FilestoreEntryName parsed = ParseFilestoreEntryName(name);
    EXPECT_EQ(parsed.kind, kind) << name;
    EXPECT_EQ(parsed.path.empty(), kind != Kind::kFile && kind != Kind::kMarker) << name;
  }
}

}  // namespace
}  // namespace reprise::archive
