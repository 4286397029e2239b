#include "odoo/local_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"

namespace reprise::odoo {
namespace {

namespace fs = std::filesystem;

// A volume at a place of the machine's, as a container has it at /var/lib/odoo.
class LocalDirectoryTest : public ::testing::Test {
 protected:
  LocalDirectoryTest() {
    fs::create_directories(volume_ / "filestore/view/ab");
    fs::create_directories(other_);
    Put(volume_ / "filestore/view/ab/abc", "content");
    Put(volume_ / "secret", "of another directory");
  }
  ~LocalDirectoryTest() override { fs::remove_all(root_); }
  static void Put(const fs::path& path, const std::string& text) {
    ASSERT_TRUE(WriteTextFile(path, text, FileMode::kPrivate));
  }
  [[nodiscard]] std::optional<LocalDirectory> Find(const std::string& path) const {
    return LocalDirectory::Find({{"volume", "other", other_.string(), "/var/lib"},
                                 {"volume", "data", volume_.string(), "/var/lib/odoo"},
                                 {"tmpfs", "", "", "/tmp"}},
                                path);
  }
  // The file's text, or the code of why not.
  [[nodiscard]] std::string Read(const std::string& file) const {
    const auto view = Find("/var/lib/odoo/filestore/view");
    if (!view) return "no view";
    const auto opened = view->Open(file);
    if (!opened) return std::string(NameOf(opened.error().code));
    return ReadAll(Context(), **opened, 1000).value();
  }

  const fs::path root_ = fs::temp_directory_path() / ("reprise-local-" + RandomHex(8));
  const fs::path volume_ = root_ / "volumes/data";
  const fs::path other_ = root_ / "volumes/other";
};

TEST_F(LocalDirectoryTest, ReadsAFileOfTheMountThatHoldsIt) {
  EXPECT_EQ(Read("ab/abc"), "content");
  EXPECT_EQ(Read("ab/abd"), "not_found");
}

TEST_F(LocalDirectoryTest, HashesFilesSideBySide) {
  std::vector<std::string> files{"ab/abc"};
  std::map<std::string, std::string> wanted{{"ab/abc", HashOf(HashKind::kSha1, "content")}};
  for (int i = 0; i < 40; ++i) {
    const std::string content(static_cast<std::size_t>(i) * 20'000, 'x');
    files.push_back("ab/" + std::to_string(i));
    Put(volume_ / "filestore/view" / files.back(), content);
    wanted.emplace(files.back(), HashOf(HashKind::kSha1, content));
  }
  const auto view = Find("/var/lib/odoo/filestore/view");
  ASSERT_TRUE(view);
  std::map<std::string, std::string> told;
  const auto refused =
      view->Hash(Context(), files, [&](const std::string& file, const std::string& sha1) {
        EXPECT_TRUE(told.emplace(file, sha1).second) << file << " twice";
      });
  ASSERT_TRUE(refused);
  EXPECT_TRUE(refused->empty());
  EXPECT_EQ(told, wanted);
}

TEST_F(LocalDirectoryTest, WhatCannotBeHashedIsAFailure) {
  const auto view = Find("/var/lib/odoo/filestore/view");
  ASSERT_TRUE(view);
  const auto ignore = [](const std::string&, const std::string&) {};
  EXPECT_EQ(view->Hash(Context(), {"ab/abc", "ab/gone"}, ignore).error().code,
            ErrorCode::kNotFound);
  fs::create_symlink(volume_ / "secret", volume_ / "filestore/view/ab/link");
  EXPECT_FALSE(view->Hash(Context(), {"ab/link"}, ignore));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(view->Hash(Context(stop.get_token()), {"ab/abc"}, ignore).error().code,
            ErrorCode::kCancelled);
}

TEST_F(LocalDirectoryTest, IsNotFoundWhereThereIsNone) {
  EXPECT_FALSE(Find("/var/lib/odoo/filestore/another"));
  EXPECT_FALSE(Find("/var/lib/postgresql/view"));
  EXPECT_FALSE(Find("/srv/view"));
  EXPECT_FALSE(Find("/tmp/view"));
  fs::remove_all(volume_);
  EXPECT_FALSE(Find("/var/lib/odoo/filestore/view"));
}

TEST_F(LocalDirectoryTest, LeavesTheVolumeByNoWay) {
  fs::create_symlink(volume_ / "secret", volume_ / "filestore/view/ab/link");
  fs::create_symlink(volume_, volume_ / "filestore/view/up");
  fs::create_symlink("/etc", volume_ / "filestore/etc");
  EXPECT_EQ(Read("ab/link"), "io_error");
  EXPECT_EQ(Read("up/secret"), "io_error");
  EXPECT_EQ(Read("../../secret"), "io_error");
  EXPECT_EQ(Read("/etc/hostname"), "io_error");
  EXPECT_FALSE(Find("/var/lib/odoo/filestore/etc"));
  EXPECT_FALSE(Find("/var/lib/odoo/../data/filestore/view"));
}

TEST_F(LocalDirectoryTest, OpensPlainFilesAlone) {
  ASSERT_EQ(::mkfifo((volume_ / "filestore/view/ab/pipe").c_str(), 0600), 0);
  EXPECT_EQ(Read("ab/pipe"), "io_error");
  const fs::path device = volume_ / "filestore/view/ab/null";
  if (::mknod(device.c_str(), S_IFCHR | 0600, ::makedev(1, 3)) == 0) {
    EXPECT_EQ(Read("ab/null"), "io_error");
  }
  EXPECT_EQ(Read("ab"), "io_error");
}

TEST_F(LocalDirectoryTest, TellsWhatThisProcessMayNot) {
  const auto view = Find("/var/lib/odoo/filestore/view");
  ASSERT_TRUE(view);
  fs::permissions(volume_ / "filestore/view/ab/abc", fs::perms::none);
  const bool is_root = ::geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const auto opened = view->Open("ab/abc");
  if (is_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kPermissionDenied);
}

TEST_F(LocalDirectoryTest, WritesAFileThatOdooCanRead) {
  const auto view = Find("/var/lib/odoo/filestore/view");
  ASSERT_TRUE(view && view->MayWrite());
  const mode_t before = ::umask(0077);
  StringReader content("more");
  const auto written = view->Write(Context(), {"cd/cdef", 4}, content);
  ::umask(before);
  ASSERT_TRUE(written);
  EXPECT_EQ(Read("cd/cdef"), "more");
  EXPECT_EQ(*written, HashOf(HashKind::kSha1, "more")) << "of what stands there";
  const fs::path there = volume_ / "filestore/view/cd";
  EXPECT_EQ(fs::status(there).permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(there / "cdef").permissions(), fs::perms(0644));
}

TEST_F(LocalDirectoryTest, IsNotWrittenWhereItIsAnotherUsers) {
  if (::chown((volume_ / "filestore/view").c_str(), 100000, 100000) != 0) GTEST_SKIP() << "no root";
  EXPECT_FALSE(Find("/var/lib/odoo/filestore/view")->MayWrite());
}

TEST_F(LocalDirectoryTest, WritesIntoNothingThatIsLinkedElsewhere) {
  fs::create_hard_link(volume_ / "filestore/view/ab/abc", volume_ / "live");
  fs::create_symlink(volume_ / "secret", volume_ / "filestore/view/ab/link");
  fs::create_symlink(other_, volume_ / "filestore/view/up");
  const auto view = Find("/var/lib/odoo/filestore/view");
  StringReader first("new");
  EXPECT_TRUE(view->Write(Context(), {"ab/abc", 3}, first));
  StringReader second("new");
  EXPECT_TRUE(view->Write(Context(), {"ab/link", 3}, second));
  StringReader third("new");
  EXPECT_FALSE(view->Write(Context(), {"up/file", 3}, third));
  EXPECT_EQ(Read("ab/abc"), "new");
  EXPECT_EQ(Read("ab/link"), "new");
  EXPECT_EQ(ReadTextFile(volume_ / "live"), "content");
  EXPECT_EQ(ReadTextFile(volume_ / "secret"), "of another directory");
  EXPECT_TRUE(fs::is_empty(other_));
}

TEST_F(LocalDirectoryTest, WritesNothingIntoADirectoryThatWasMadeAnew) {
  const auto view = Find("/var/lib/odoo/filestore/view");
  fs::remove_all(volume_ / "filestore/view");
  fs::create_directory(volume_ / "filestore/view");
  StringReader late("late");
  EXPECT_FALSE(view->Write(Context(), {"ab/abc", 4}, late));
  EXPECT_TRUE(fs::is_empty(volume_ / "filestore/view"));
}

TEST_F(LocalDirectoryTest, ContentThatEndsEarlyIsCorrupt) {
  const auto view = Find("/var/lib/odoo/filestore/view");
  StringReader cut("cut");
  EXPECT_EQ(view->Write(Context(), {"ab/abc", 4}, cut).error().code, ErrorCode::kArchiveCorrupt);
}

}  // namespace
}  // namespace reprise::odoo
