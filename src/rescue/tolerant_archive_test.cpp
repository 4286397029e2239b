#include "rescue/tolerant_archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::rescue {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Error Damage(const std::string& what) { return {ErrorCode::kArchiveCorrupt, what}; }

class BrokenReader final : public ByteReader {
 public:
  [[nodiscard]] Result<std::size_t> Read(const Context&, ByteSpan) override {
    return Fail(Damage("a bit has fallen over"));
  }
};

// Of four files the second breaks off, and the third cannot even be begun.
class FourFiles final : public archive::BackupReader {
 public:
  explicit FourFiles(bool has_listing) : has_listing_(has_listing) {}
  [[nodiscard]] archive::BackupFormat format() const override {
    return archive::BackupFormat::kOdooZip;
  }
  [[nodiscard]] const archive::Manifest& manifest() const override { return manifest_; }
  [[nodiscard]] archive::DumpKind dump_kind() const override { return {}; }
  [[nodiscard]] std::optional<ByteCount> dump_bytes() const override { return {}; }
  [[nodiscard]] Result<std::unique_ptr<ByteReader>> OpenDump(const Context&) override {
    return Fail(ErrorCode::kInternal, "not here");
  }
  [[nodiscard]] bool has_filestore() const override { return true; }
  [[nodiscard]] std::optional<std::vector<archive::FilestoreFile>> filestore_listing()
      const override {
    if (!has_listing_) return std::nullopt;
    return std::vector<archive::FilestoreFile>{{"1", 3}, {"2", 3}, {"3", 3}, {"4", 3}};
  }
  [[nodiscard]] Status VisitFilestore(const Context&, const archive::FilestoreFilter& wanted,
                                      const archive::FilestoreVisitor& visit) override {
    for (const char* path : {"1", "2", "3", "4"}) {
      const archive::FilestoreFile file{path, 3};
      if (!wanted(file)) continue;
      if (file.path == "3") return Fail(Damage("its header is gone"));
      StringReader whole("abc");
      BrokenReader broken;
      RETURN_IF_ERROR(visit(file, file.path == "2" ? static_cast<ByteReader&>(broken) : whole));
    }
    return {};
  }

 private:
  const bool has_listing_;
  archive::Manifest manifest_;
};

std::map<std::string, std::string> Read(TolerantArchive& archive) {
  std::map<std::string, std::string> files;
  EXPECT_TRUE(archive.VisitFilestore(
      Context(), [](const auto&) { return true; },
      [&](const archive::FilestoreFile& file, ByteReader& content) -> Status {
        ASSIGN_OR_RETURN(files[file.path], ReadAll(Context(), content, 10));
        return {};
      }));
  return files;
}

TEST(TolerantArchive, GivesWhatIsWholeAndTellsOfTheRest) {
  FourFiles inner(true);
  TolerantArchive archive(inner);
  EXPECT_THAT(Read(archive),
              ElementsAre(Pair("1", "abc"), Pair("2", std::string(3, '\0')), Pair("4", "abc")));
  EXPECT_FALSE(archive.WhyNot("1"));
  EXPECT_EQ(archive.WhyNot("2")->message, "a bit has fallen over");
  EXPECT_EQ(archive.WhyNot("3")->message, "its header is gone");
  EXPECT_FALSE(archive.WhyNot("4"));
}

TEST(TolerantArchive, WhatIsReadFromItsBeginningEndsWhereItIsDamaged) {
  FourFiles inner(false);
  TolerantArchive archive(inner);
  EXPECT_THAT(Read(archive), ElementsAre(Pair("1", "abc"), Pair("2", std::string(3, '\0'))));
  EXPECT_FALSE(archive.WhyNot("1"));
  EXPECT_EQ(archive.WhyNot("4")->message, "its header is gone");
}

TEST(TolerantArchive, WhatIsNoDamageEndsIt) {
  FourFiles inner(true);
  TolerantArchive archive(inner);
  const Status visited = archive.VisitFilestore(
      Context(), [](const auto&) { return true; },
      [](const auto&, auto&) -> Status { return Fail(ErrorCode::kNoSpace, "the disk is full"); });
  EXPECT_EQ(visited.error().code, ErrorCode::kNoSpace);
}

}  // namespace
}  // namespace reprise::rescue
