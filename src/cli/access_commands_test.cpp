#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "api/testing/api_house.hpp"
#include "cli/commands.hpp"
#include "cli/credentials_file.hpp"
#include "cli/testing/fake_terminal.hpp"

// The commands of people and rights against the real API.
namespace reprise::cli {
namespace {

using api::testing::ApiHouse;
using testing::FakeTerminal;
using ::testing::HasSubstr;
using ::testing::Not;

class AccessCommandsTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string Url() const {
    return fmt::format("http://127.0.0.1:{}", house_.server->port());
  }
  [[nodiscard]] std::string File() const { return folder_.path() + "/reprise/credentials"; }
  // As the installation's own key, unless a token is given.
  template <class Options>
  Status RunAs(const std::string& token, const Options& options) {
    terminal_.out.clear();
    ApiClient client(Url(), token);
    return cli::Run(Session{Context(), client, terminal_, house_.clock, false, Url(), File()},
                    options);
  }
  template <class Options>
  Status RunCommand(const Options& options) {
    return RunAs(std::string(ApiHouse::kToken), options);
  }
  // A new account's one-time password.
  std::string AddUser(const std::string& email, const std::string& role = "") {
    UserCommand create{AccessVerb::kCreate, email, "", role.empty() ? "" : "default", role};
    EXPECT_TRUE(RunCommand(create));
    const std::string& text = terminal_.out;
    return text.substr(text.rfind(": ") + 2, 20);
  }
  void LogIn(const std::string& email, const std::string& one_time) {
    terminal_.asks = true;
    terminal_.typed = {one_time, "a long password", "a long password"};
    const Status done = RunAs("", Login{email});
    ASSERT_TRUE(done) << done.error().message;
  }

  ApiHouse house_;
  catalog::testing::TemporaryFolder folder_;
  FakeTerminal terminal_;
};

TEST_F(AccessCommandsTest, LoggingInChangesTheFirstPasswordAndKeepsAToken) {
  LogIn("ann@x.test", AddUser("ann@x.test", "viewer"));
  EXPECT_THAT(terminal_.out, HasSubstr("Logged in"));
  EXPECT_THAT(terminal_.out + terminal_.err, Not(HasSubstr("a long password")));
  const std::string token = StoredToken(File(), Url() + "/").value();
  ASSERT_FALSE(token.empty());
  struct stat info {};
  ASSERT_EQ(::stat(File().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_TRUE(RunAs(token, WhoAmI{}));
  EXPECT_THAT(terminal_.out, HasSubstr("ann@x.test"));
  EXPECT_THAT(terminal_.out, HasSubstr("default (viewer)"));
  EXPECT_EQ(
      house_.credential_store.Sessions(house_.users.FindByEmail("ann@x.test").value()->id, {})
          ->total,
      0)
      << "the sign-in itself ends";
}

TEST_F(AccessCommandsTest, LoggingOutEndsTheTokenOnTheServerToo) {
  LogIn("ann@x.test", AddUser("ann@x.test"));
  const std::string token = StoredToken(File(), Url()).value();
  ASSERT_TRUE(RunAs(token, Logout{}));
  EXPECT_EQ(StoredToken(File(), Url()).value(), "");
  EXPECT_EQ(RunAs(token, WhoAmI{}).error().code, ErrorCode::kUnauthenticated);
  ASSERT_TRUE(RunAs("", Logout{}));
  EXPECT_THAT(terminal_.out, HasSubstr("Not logged in"));
}

TEST_F(AccessCommandsTest, LoggingInNeedsSomebodyToType) {
  const std::string one_time = AddUser("ann@x.test");
  EXPECT_EQ(RunAs("", Login{"ann@x.test"}).error().code, ErrorCode::kConfirmationMissing);
  terminal_.typed = {"wrong"};
  EXPECT_EQ(RunAs("", Login{"ann@x.test", true}).error().code, ErrorCode::kUnauthenticated);
  terminal_.typed = {one_time, "a long password", "another password"};
  EXPECT_EQ(RunAs("", Login{"ann@x.test", true}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(StoredToken(File(), Url()).value(), "");
}

TEST_F(AccessCommandsTest, ATeamGivesItsMembersTheirPlaceInAProject) {
  LogIn("ann@x.test", AddUser("ann@x.test", "viewer"));
  const std::string token = StoredToken(File(), Url()).value();
  house_.AddEnvironment("shop");
  ASSERT_TRUE(RunAs(token, EnvList{}));
  EXPECT_THAT(terminal_.out, Not(HasSubstr("shop")));

  ASSERT_TRUE(RunCommand(TeamCommand{AccessVerb::kCreate, "default", "", "ops"}));
  TeamCommand add{AccessVerb::kAdd, "", "ops", "", "ann@x.test"};
  ASSERT_TRUE(RunCommand(add));
  TeamCommand grant{AccessVerb::kGrant, "", "ops", "", "", "default", "viewer"};
  ASSERT_TRUE(RunCommand(grant));
  ASSERT_TRUE(RunAs(token, EnvList{}));
  EXPECT_THAT(terminal_.out, HasSubstr("shop"));
  ASSERT_TRUE(RunCommand(TeamCommand{AccessVerb::kList}));
  EXPECT_THAT(terminal_.out, HasSubstr("ops   1        1"));

  grant.verb = AccessVerb::kRevoke;
  ASSERT_TRUE(RunCommand(grant));
  ASSERT_TRUE(RunAs(token, EnvList{}));
  EXPECT_THAT(terminal_.out, Not(HasSubstr("shop")));
  add.verb = AccessVerb::kRemove;
  EXPECT_TRUE(RunCommand(add));
  EXPECT_TRUE(RunCommand(TeamCommand{AccessVerb::kDelete, "", "ops"}));
}

TEST_F(AccessCommandsTest, OrganizationsProjectsAndMembersAreKept) {
  ASSERT_TRUE(RunCommand(OrgCommand{AccessVerb::kCreate, "", "acme"}));
  EXPECT_EQ(RunCommand(MemberCommand{AccessVerb::kList}).error().code, ErrorCode::kInvalidArgument)
      << "there are two: it must be said which";
  ASSERT_TRUE(RunCommand(ProjectCommand{AccessVerb::kCreate, "", "shop", "acme"}));
  ASSERT_TRUE(RunCommand(ProjectCommand{AccessVerb::kRename, "shop", "store"}));
  ASSERT_TRUE(RunCommand(ProjectCommand{AccessVerb::kList}));
  EXPECT_THAT(terminal_.out, HasSubstr("store"));
  EXPECT_EQ(RunCommand(OrgCommand{AccessVerb::kDelete, "acme"}).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(RunCommand(ProjectCommand{AccessVerb::kDelete, "store"}));

  AddUser("bob@x.test");
  ASSERT_TRUE(RunCommand(MemberCommand{AccessVerb::kAdd, "acme", "bob@x.test", "owner"}));
  EXPECT_EQ(RunCommand(MemberCommand{AccessVerb::kChangeRole, "acme", "bob@x.test", "viewer"})
                .error()
                .code,
            ErrorCode::kConflict)
      << "the last owner";
  ASSERT_TRUE(RunCommand(MemberCommand{AccessVerb::kList, "acme"}));
  EXPECT_THAT(terminal_.out, HasSubstr("bob@x.test"));
  ASSERT_TRUE(RunCommand(OrgCommand{AccessVerb::kRename, "acme", "acme ltd"}));
  ASSERT_TRUE(RunCommand(OrgCommand{AccessVerb::kDelete, "acme ltd"}));
}

TEST_F(AccessCommandsTest, TokensAreShownOnceAndRevoked) {
  LogIn("ann@x.test", AddUser("ann@x.test", "owner"));
  const std::string own = StoredToken(File(), Url()).value();
  TokenCommand create{AccessVerb::kCreate, "", "ci", "default", {"project.backups.view"}, 30};
  ASSERT_TRUE(RunAs(own, create));
  const std::string made = terminal_.out.substr(terminal_.out.find("rpt_"), 44);
  ASSERT_TRUE(RunAs(made, BackupList{}));
  EXPECT_EQ(RunAs(made, TokenCommand{AccessVerb::kList}).error().code,
            ErrorCode::kPermissionDenied);
  ASSERT_TRUE(RunAs(own, TokenCommand{AccessVerb::kList}));
  EXPECT_THAT(terminal_.out, HasSubstr("ci"));
  EXPECT_THAT(terminal_.out, Not(HasSubstr(made)));
  ASSERT_TRUE(RunAs(own, TokenCommand{AccessVerb::kRevoke, "ci"}));
  EXPECT_EQ(RunAs(made, BackupList{}).error().code, ErrorCode::kUnauthenticated);
}

TEST_F(AccessCommandsTest, AnAccountIsLockedAndLetInAgain) {
  LogIn("ann@x.test", AddUser("ann@x.test"));
  const std::string token = StoredToken(File(), Url()).value();
  ASSERT_TRUE(RunCommand(UserCommand{AccessVerb::kDisable, "ann@x.test"}));
  EXPECT_EQ(RunAs(token, WhoAmI{}).error().code, ErrorCode::kUnauthenticated);
  ASSERT_TRUE(RunCommand(UserCommand{AccessVerb::kEnable, "ann@x.test"}));
  ASSERT_TRUE(RunCommand(UserCommand{AccessVerb::kResetPassword, "ann@x.test"}));
  EXPECT_THAT(terminal_.out, HasSubstr("shown once"));
}

TEST(CredentialsFile, KeepsOneTokenPerServer) {
  const catalog::testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/a/credentials";
  EXPECT_EQ(StoredToken(path, "http://a").value(), "");
  ASSERT_TRUE(StoreToken(path, "http://a", "one"));
  ASSERT_TRUE(StoreToken(path, "http://b/", "two"));
  EXPECT_EQ(StoredToken(path, "http://a/").value(), "one");
  EXPECT_EQ(StoredToken(path, "http://b").value(), "two");
  ASSERT_TRUE(StoreToken(path, "http://a", ""));
  EXPECT_EQ(StoredToken(path, "http://a").value(), "");
  EXPECT_EQ(StoredToken(path, "http://b").value(), "two");
}

TEST(CredentialsFile, StandsInTheUsersConfiguration) {
  EXPECT_EQ(CredentialsPath({{"HOME", "/people/ann"}}), "/people/ann/.config/reprise/credentials");
  EXPECT_EQ(CredentialsPath({{"HOME", "/people/ann"}, {"XDG_CONFIG_HOME", "/c"}}),
            "/c/reprise/credentials");
  EXPECT_EQ(CredentialsPath({}), "");
}

}  // namespace
}  // namespace reprise::cli
