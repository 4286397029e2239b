#include "base/spool_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>

#include "base/id.hpp"

namespace reprise {
namespace {

TEST(SpoolFile, GivesWhatWasWrittenAndHasNoName) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("reprise-test-" + RandomHex(8));
  std::filesystem::create_directory(folder);
  std::unique_ptr<RandomReader> source;
  {
    const auto spool = SpoolFile::In(folder).value();
    ASSERT_TRUE(spool->Write(Context(), BytesOf("one ")));
    ASSERT_TRUE(spool->Write(Context(), BytesOf("two")));
    EXPECT_TRUE(std::filesystem::is_empty(folder));
    source = spool->Take().value();
  }
  ASSERT_EQ(source->size(), 7U);
  std::array<char, 3> end{};
  EXPECT_EQ(source->ReadAt(Context(), 4, std::as_writable_bytes(std::span(end))).value(), 3U);
  EXPECT_EQ(std::string_view(end.data(), end.size()), "two");
  std::filesystem::remove(folder);
}

TEST(SpoolFile, LeavesRoomForWhatElseStandsOnTheDisk) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const auto spool = SpoolFile::In(folder, ~ByteCount{0}).value();
  const Status written = spool->Write(Context(), BytesOf("one"));
  EXPECT_EQ(written.error().code, ErrorCode::kNoSpace);
  EXPECT_NE(written.error().message.find(folder.string()), std::string::npos);
  EXPECT_EQ(spool->Take().value()->size(), 0U);
}

TEST(SpoolFile, AFolderThatIsNotThereIsTold) {
  EXPECT_EQ(SpoolFile::In("/nowhere/at/all").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reprise
