#include "api/authenticator.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "catalog/testing/temporary_catalog.hpp"

namespace reprise::api {
namespace {

TEST(EnsureAdminToken, MakesAPrivateFileOnceAndReadsItAgain) {
  const catalog::testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/admin.token";
  const std::string token = EnsureAdminToken(path).value();
  EXPECT_EQ(token.size(), 64U);
  EXPECT_EQ(EnsureAdminToken(path).value(), token);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(EnsureAdminToken, RefusesATokenThatIsTooShortToBeOne) {
  const catalog::testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/admin.token";
  ASSERT_TRUE(WriteTextFile(path, "\n", FileMode::kPrivate));
  const auto token = EnsureAdminToken(path);
  ASSERT_FALSE(token);
  EXPECT_NE(token.error().message.find(path), std::string::npos);
}

TEST(EnsureAdminToken, SaysWhichFolderIsMissing) {
  const auto token = EnsureAdminToken("/no/such/folder/admin.token");
  ASSERT_FALSE(token);
  EXPECT_NE(token.error().message.find("/no/such/folder"), std::string::npos);
}

}  // namespace
}  // namespace reprise::api
