#include "base/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/id.hpp"

namespace reprise {
namespace {

namespace fs = std::filesystem;

class FileTest : public ::testing::Test {
 protected:
  FileTest() : folder_(fs::temp_directory_path() / ("reprise-test-" + RandomHex(8))) {
    fs::create_directories(folder_);
  }
  ~FileTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::size_t FilesInFolder() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  fs::path folder_;
};

TEST_F(FileTest, AppearsOnlyWhenItIsClosed) {
  const fs::path path = folder_ / "a.txt";
  auto file = CreateFileAtomically(path).value();
  ASSERT_TRUE(file->Write(Context(), BytesOf("whole")));
  EXPECT_FALSE(fs::exists(path));
  ASSERT_TRUE(file->Close(Context()));
  EXPECT_EQ(ReadTextFile(path).value(), "whole");
  file.reset();
  EXPECT_EQ(FilesInFolder(), 1U);
}

TEST_F(FileTest, LeavesTheOldOneWhenItIsNotClosed) {
  const fs::path path = folder_ / "a.txt";
  ASSERT_TRUE(WriteTextFile(path, "old", FileMode::kShared));
  auto file = CreateFileAtomically(path).value();
  ASSERT_TRUE(file->Write(Context(), BytesOf("half of the n")));
  file.reset();
  EXPECT_EQ(ReadTextFile(path).value(), "old");
  EXPECT_EQ(FilesInFolder(), 1U);
}

TEST_F(FileTest, APrivateFileIsReadableByItsOwnerOnly) {
  const fs::path path = folder_ / "token";
  ASSERT_TRUE(WriteTextFile(path, "secret", FileMode::kPrivate));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FileTest, APublishedFileReplacesWhatIsThere) {
  ASSERT_TRUE(WriteTextFile(folder_ / "new", "new", FileMode::kPrivate));
  ASSERT_TRUE(WriteTextFile(folder_ / "name", "old", FileMode::kShared));
  ASSERT_TRUE(PublishFile(folder_ / "new", folder_ / "name"));
  EXPECT_EQ(ReadTextFile(folder_ / "name").value(), "new");
  EXPECT_EQ(FilesInFolder(), 1U);
  EXPECT_FALSE(PublishFile(folder_ / "new", folder_ / "name"));
  EXPECT_EQ(ReadTextFile(folder_ / "name").value(), "new");
}

TEST_F(FileTest, IsReadAnywhere) {
  const fs::path path = folder_ / "a.txt";
  ASSERT_TRUE(WriteTextFile(path, "0123456789", FileMode::kShared));
  const auto file = OpenFile(path).value();
  EXPECT_EQ(file->size(), 10U);
  std::string into(4, '-');
  const ByteSpan span = std::as_writable_bytes(std::span(into.data(), into.size()));
  EXPECT_EQ(file->ReadAt(Context(), 3, span).value(), 4U);
  EXPECT_EQ(into, "3456");
  EXPECT_EQ(file->ReadAt(Context(), 8, span).value(), 2U);
  EXPECT_EQ(file->ReadAt(Context(), 80, span).value(), 0U);
}

TEST_F(FileTest, SaysWhyItCannotBeOpened) {
  EXPECT_EQ(OpenFile(folder_ / "none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(OpenFile(folder_).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(CreateFileAtomically(folder_ / "no" / "folder").error().code, ErrorCode::kNotFound);
}

TEST_F(FileTest, ATextFileHasALimit) {
  const fs::path path = folder_ / "a.txt";
  ASSERT_TRUE(WriteTextFile(path, "12345", FileMode::kShared));
  EXPECT_EQ(ReadTextFile(path, 5).value(), "12345");
  EXPECT_EQ(ReadTextFile(path, 4).error().code, ErrorCode::kPayloadTooLarge);
}

}  // namespace
}  // namespace reprise
