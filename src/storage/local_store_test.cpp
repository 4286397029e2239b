#include "storage/local_store.hpp"

#include <sys/stat.h>

#include <fstream>

#include "base/id.hpp"
#include "storage/object_store_conformance.hpp"

namespace reprise::storage {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(fs::temp_directory_path() / ("reprise-test-" + RandomHex(8))) {
    fs::create_directories(path_);
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

class LocalStoreStage {
 public:
  ObjectStore& store() { return store_; }

 private:
  TemporaryFolder folder_;
  LocalStore store_{folder_.path()};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Local, ObjectStoreConformance, LocalStoreStage);

void Touch(const fs::path& path) { std::ofstream(path) << "x"; }

Instant ModifiedAt(const fs::path& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return Instant(std::chrono::seconds(info.st_mtim.tv_sec));
}

TEST(LocalStore, RefusesAMissingFolderInsteadOfMakingIt) {
  const TemporaryFolder folder;
  LocalStore store(folder.path() / "not-mounted");
  const auto writer = store.Create(Context(), "a");
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kStorageFailed);
  EXPECT_EQ(store.Stat(Context(), "a").error().code, ErrorCode::kStorageFailed);
  EXPECT_EQ(store.List(Context(), "").error().code, ErrorCode::kStorageFailed);
  EXPECT_FALSE(fs::exists(folder.path() / "not-mounted"));
}

TEST(LocalStore, TellsTheFreeSpaceOfItsDisk) {
  const TemporaryFolder folder;
  LocalStore store(folder.path());
  const auto free = store.FreeSpace(Context());
  ASSERT_TRUE(free);
  ASSERT_TRUE(free->has_value());
  EXPECT_GT(**free, 0U);
}

TEST(LocalStore, HidesAndRemovesOnlyOldLeftovers) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "a");
  const fs::path leftover = folder.path() / "a" / ".backup.zip.0123456789ab.part";
  Touch(leftover);
  Touch(folder.path() / "a" / "backup.zip");
  LocalStore store(folder.path());
  const auto listed = store.List(Context(), "");
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().key, "a/backup.zip");

  const auto none = store.RemoveAbandoned(Context(), ModifiedAt(leftover));
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, 0U);
  const auto one = store.RemoveAbandoned(Context(), ModifiedAt(leftover) + std::chrono::seconds(2));
  ASSERT_TRUE(one);
  EXPECT_EQ(*one, 1U);
  EXPECT_FALSE(fs::exists(leftover));
  EXPECT_TRUE(fs::exists(folder.path() / "a" / "backup.zip"));
}

TEST(LocalStore, RefusesKeysThatLookLikeLeftovers) {
  const TemporaryFolder folder;
  LocalStore store(folder.path());
  const auto writer = store.Create(Context(), "a/.x.part");
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kInvalidArgument);
}

TEST(LocalStore, TakesAFolderForNoObject) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "a" / "b");
  LocalStore store(folder.path());
  EXPECT_EQ(store.Stat(Context(), "a").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store.Delete(Context(), "a"));
  EXPECT_TRUE(fs::exists(folder.path() / "a" / "b"));
}

}  // namespace
}  // namespace reprise::storage
