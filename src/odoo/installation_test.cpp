#include "odoo/installation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "docker/fake_engine.hpp"
#include "postgres/testing/fake_psql.hpp"

namespace reprise::odoo {
namespace {

using postgres::testing::FakePsql;
using ::testing::HasSubstr;

constexpr std::string_view kConf =
    "; a comment = 1\n"
    "[queue_job]\n"
    "db_name = not this\n"
    "[options]\n"
    "# db_name = nor this\n"
    "db_name = shop-db\r\n"
    "  db_user=  odoo14 \n"
    "db_host: database\n"
    "db_password = False\n"
    "data_dir =\n"
    "addons_path = /a,/b=c\n"
    "db_name_filter = x\n"
    "http_port = 8070\n"
    "http_port = 8071\n"
    "[other]\n"
    "db_user = nor this\n";

TEST(ConfOption, ReadsTheOptionsSectionOnly) {
  EXPECT_EQ(ConfOption(kConf, "db_name"), "shop-db");
  EXPECT_EQ(ConfOption(kConf, "db_user"), "odoo14");
  EXPECT_EQ(ConfOption(kConf, "db_host"), "database");
  EXPECT_EQ(ConfOption(kConf, "addons_path"), "/a,/b=c");
  EXPECT_EQ(ConfOption("db_name = shop\n", "db_name"), std::nullopt);
}

TEST(ConfOption, TheLastOneCounts) { EXPECT_EQ(ConfOption(kConf, "http_port"), "8071"); }

TEST(ConfOption, FalseAndNothingMeanNotSet) {
  EXPECT_EQ(ConfOption(kConf, "db_password"), std::nullopt);
  EXPECT_EQ(ConfOption(kConf, "data_dir"), std::nullopt);
  EXPECT_EQ(ConfOption(kConf, "absent"), std::nullopt);
  EXPECT_EQ(ConfOption("[options]\na = None\n", "a"), std::nullopt);
  EXPECT_EQ(ConfOption("", "a"), std::nullopt);
}

RC_GTEST_PROP(ConfOption, AnyTextIsReadWithoutHarm, (const std::string& conf)) {
  const auto value = ConfOption("[options]\n" + conf, "db_name");
  const bool absent_or_not_empty = !value || !value->empty();
  RC_ASSERT(absent_or_not_empty);
}

TEST(ArgumentOption, ReadsEveryWayToGiveAValue) {
  const std::vector<std::string_view> names{"-d", "--database"};
  EXPECT_EQ(ArgumentOption({"odoo", "--database=shop"}, names), "shop");
  EXPECT_EQ(ArgumentOption({"odoo", "--database", "shop"}, names), "shop");
  EXPECT_EQ(ArgumentOption({"odoo", "-d", "shop", "-c", "x"}, names), "shop");
  EXPECT_EQ(ArgumentOption({"odoo", "-dshop"}, names), "shop");
}

TEST(ArgumentOption, TheLastOneCounts) {
  EXPECT_EQ(ArgumentOption({"-d", "one", "--database=two"}, {"-d", "--database"}), "two");
}

TEST(ArgumentOption, IsNotMisledByWhatOnlyLooksAlike) {
  EXPECT_EQ(ArgumentOption({"--db-filter=x", "--database-list", "y"}, {"-d", "--database"}),
            std::nullopt);
  EXPECT_EQ(ArgumentOption({"odoo", "-d"}, {"-d"}), std::nullopt);
  EXPECT_EQ(ArgumentOption({}, {"-d"}), std::nullopt);
}

TEST(VersionIn, FindsTheVersionInWhatOdooPrints) {
  EXPECT_EQ(VersionIn("Odoo Server 14.0-20221114+dfsg"), "14.0");
  EXPECT_EQ(VersionIn("Odoo Server 19.0-20250918"), "19.0");
  EXPECT_EQ(VersionIn("Odoo Server 16.0+e-20240101"), "16.0");
  EXPECT_EQ(VersionIn("Odoo Server saas~17.2"), "17.2");
  EXPECT_EQ(VersionIn("warning of 2024\nOdoo Server 17.0.1.3"), "17.0");
  for (const std::string_view text : {"", "Odoo", "version 14", "14.", ".5", "no. 1"}) {
    EXPECT_EQ(VersionIn(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(VersionIn, WhatItFindsIsAMajorAndAMinor, (const std::string& text)) {
  const auto version = VersionIn(text);
  if (!version) return;
  RC_ASSERT(version->find_first_not_of("0123456789.") == std::string::npos);
  RC_ASSERT(std::count(version->begin(), version->end(), '.') == 1);
  RC_ASSERT(text.find(*version) != std::string::npos);
}

TEST(MajorOf, IsTheNumberBeforeTheDot) {
  EXPECT_EQ(MajorOf("14.0"), 14);
  EXPECT_EQ(MajorOf("14"), 14);
  EXPECT_EQ(MajorOf("saas~17.2"), 17);
  EXPECT_EQ(MajorOf("16-alpine"), 16);
}

TEST(MajorOf, IsZeroForWhatIsNoVersion) {
  for (const std::string_view text : {"", "x", "latest", "-3", "~", "99999999999999"}) {
    EXPECT_EQ(MajorOf(text), 0) << text;
  }
}

class ReadInstallationTest : public ::testing::Test {
 protected:
  ReadInstallationTest() {
    engine_.AddImage({.tags = {"odoo:14"}});
    programs_.OnProgram("odoo", {"Odoo Server 14.0-20221114\n"});
    spec_.name = "shop_odoo";
    spec_.image = "odoo:14";
  }
  Result<Installation> Read() {
    EXPECT_TRUE(engine_.Create(Context(), spec_));
    EXPECT_TRUE(engine_.Start(Context(), spec_.name));
    return ReadInstallation(Context(), engine_, engine_.Inspect(Context(), spec_.name).value());
  }

  docker::FakeEngine engine_;
  FakePsql programs_{engine_};
  docker::ContainerSpec spec_;
};

TEST_F(ReadInstallationTest, KnowsTheDefaultsOfTheOfficialImage) {
  const auto found = Read();
  ASSERT_TRUE(found) << found.error().Sentence();
  EXPECT_EQ(found->version, "14.0");
  EXPECT_EQ(found->program, "odoo");
  EXPECT_EQ(found->conf_path, "/etc/odoo/odoo.conf");
  EXPECT_EQ(found->db_name, "");
  EXPECT_EQ(found->db_host, "db");
  EXPECT_EQ(found->db_user, "odoo");
  EXPECT_EQ(found->data_dir, "/var/lib/odoo");
  EXPECT_EQ(found->http_port, 8069);
}

TEST_F(ReadInstallationTest, EnvironmentThenConfThenCommandLine) {
  spec_.environment = {{"HOST", "env-host"}, {"USER", "env-user"}, {"PASSWORD", "env-password"}};
  spec_.command = {"odoo", "--db_user=argument-user", "-D", "/data"};
  programs_.OnProgram("cat",
                      {"[options]\ndb_user = conf-user\ndb_host = conf-host\ndb_name = shop\n"});
  const auto found = Read();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->db_user, "argument-user");
  EXPECT_EQ(found->db_host, "conf-host");
  EXPECT_EQ(found->db_password, "env-password");
  EXPECT_EQ(found->db_name, "shop");
  EXPECT_EQ(found->data_dir, "/data");
}

TEST_F(ReadInstallationTest, ReadsTheConfThatItWasStartedWith) {
  spec_.command = {"odoo", "-c", "/srv/my.conf"};
  programs_.OnProgram("cat", [](const FakePsql::Call& call) {
    return FakePsql::Answer{call.spec.argv.at(1) == "/srv/my.conf" ? "[options]\nhttp_port = 8090\n"
                                                                   : ""};
  });
  const auto found = Read();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->conf_path, "/srv/my.conf");
  EXPECT_EQ(found->http_port, 8090);
}

TEST_F(ReadInstallationTest, IsAskedOnceWhileTheContainerRuns) {
  EXPECT_TRUE(engine_.Create(Context(), spec_));
  EXPECT_TRUE(engine_.Start(Context(), spec_.name));
  docker::ContainerInfo info = engine_.Inspect(Context(), spec_.name).value();
  const auto version = [&](const std::string& started_at, const std::string& known_as) {
    info.state.started_at = started_at;
    return ReadInstallation(Context(), engine_, info, known_as)->version;
  };
  programs_.OnProgram("odoo", {"Odoo Server 14.0\n"});
  EXPECT_EQ(version("2026-01-01T10:00:00Z", ""), "14.0");
  programs_.OnProgram("odoo", {"Odoo Server 15.0\n"});
  EXPECT_EQ(version("2026-01-01T10:00:00Z", ""), "14.0") << "as it was when it was started";
  EXPECT_EQ(version("2026-01-01T11:00:00Z", ""), "15.0") << "started again";
  EXPECT_EQ(version("2026-01-01T11:00:00Z", "an image of this test"), "15.0");
  programs_.OnProgram("odoo", {"Odoo Server 16.0\n"});
  EXPECT_EQ(version("2026-01-01T12:00:00Z", "an image of this test"), "15.0");
  EXPECT_EQ(version("", ""), "16.0") << "an engine that does not say when";
  programs_.OnProgram("odoo", {"Odoo Server 17.0\n"});
  EXPECT_EQ(version("", ""), "17.0");
}

TEST_F(ReadInstallationTest, SeveralDatabasesMeanNone) {
  spec_.command = {"odoo", "-d", "one,two"};
  EXPECT_EQ(Read()->db_name, "");
}

TEST_F(ReadInstallationTest, WhatIsNoOdooIsToldAsSuch) {
  programs_.OnProgram("odoo", {.exit_code = 127, .error = "not found"});
  const auto found = Read();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kContainerFailed);
  EXPECT_THAT(found.error().message, HasSubstr("shop_odoo does not seem to be an Odoo"));
}

TEST_F(ReadInstallationTest, AStoppedContainerIsNotLookedInto) {
  ASSERT_TRUE(engine_.Create(Context(), spec_));
  const auto info = engine_.Inspect(Context(), "shop_odoo").value();
  const auto found = ReadInstallation(Context(), engine_, info);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kContainerFailed);
  EXPECT_THAT(found.error().hint, HasSubstr("docker start shop_odoo"));
}

}  // namespace
}  // namespace reprise::odoo
