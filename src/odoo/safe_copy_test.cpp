#include "odoo/safe_copy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "odoo/testing/fake_trio.hpp"

namespace reprise::odoo {
namespace {

using postgres::testing::FakePsql;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FakeTrio;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SafeCopyTest : public ::testing::Test {
 protected:
  SafeCopyTest() { trio_.databases.Add("side", {.content = "backup"}); }
  [[nodiscard]] OdooRunner Runner() {
    Installation installation;
    installation.version = "17.0";
    installation.program = "odoo";
    installation.conf_path = "/etc/odoo/odoo.conf";
    return {trio_.engine,
            {.odoo_container = "shop_odoo",
             .db_container = "shop_db",
             .installation = installation,
             .owner = {"here", {"0193b5a0-1234-7abc-8def-01231a2b3c4d"}, 2}}};
  }
  Status ByOdoo() {
    OdooRunner runner = Runner();
    return NeutralizeByOdoo(Context(), cluster_, runner, "side");
  }
  static std::string UuidIn(const std::string& sql) {
    std::smatch found;
    const std::regex uuid("VALUES \\('database.uuid', '([0-9a-f-]{36})'");
    return std::regex_search(sql, found, uuid) ? std::string(found[1]) : std::string();
  }

  FakeTrio trio_;
  postgres::Cluster cluster_{trio_.engine, "shop_db", "postgres"};
};

TEST_F(SafeCopyTest, OnlyVersionsWithoutACommandOfTheirOwnHaveABuiltInOne) {
  EXPECT_TRUE(HasBuiltInNeutralize("14.0"));
  EXPECT_TRUE(HasBuiltInNeutralize("15.0"));
  EXPECT_FALSE(HasBuiltInNeutralize("16.0"));
  EXPECT_FALSE(HasBuiltInNeutralize("saas~17.2"));
}

TEST_F(SafeCopyTest, TheBuiltInOneSwitchesOffInOneTransactionAndMarksTheDatabase) {
  ASSERT_TRUE(NeutralizeBuiltIn(Context(), cluster_, "side"));
  const FakePsql::Call call = trio_.programs.calls().back();
  EXPECT_EQ(call.spec.environment.at("PGDATABASE"), "side");
  const std::string& sql = call.sql;
  EXPECT_TRUE(TrimSpace(sql).starts_with("BEGIN;"));
  EXPECT_TRUE(TrimSpace(sql).ends_with("COMMIT;"));
  for (const char* table : {"ir_mail_server", "ir_cron", "fetchmail_server", "payment_acquirer",
                            "mail_mail", "iap_account"}) {
    EXPECT_THAT(sql, HasSubstr(std::string("UPDATE ") + table));
  }
  EXPECT_THAT(sql, HasSubstr("('database.is_neutralized', 'true')"));
}

TEST_F(SafeCopyTest, ADatabaseThatRefusesIsNotCalledSafe) {
  trio_.programs.On("UPDATE ir_mail_server", {.exit_code = 3, .error = "ERROR:  no such table\n"});
  EXPECT_EQ(NeutralizeBuiltIn(Context(), cluster_, "side").error().code,
            ErrorCode::kDatabaseFailed);
}

TEST_F(SafeCopyTest, OdooItselfNeutralizesTheSideDatabaseAndLeavesNoHelper) {
  trio_.programs.On("database.is_neutralized", FakePsql::Rows({{"true"}}));
  const Status done = ByOdoo();
  ASSERT_TRUE(done) << done.error().Sentence();
  const docker::ContainerSpec spec = trio_.engine.created().back();
  EXPECT_EQ(spec.command.at(0), "neutralize");
  EXPECT_THAT(spec.command, ::testing::Contains("--database=side"));
  EXPECT_THAT(trio_.Helpers(), IsEmpty());
}

TEST_F(SafeCopyTest, AnOdooThatEndsWellButMarksNothingIsNotBelieved) {
  const Status done = ByOdoo();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kContainerFailed);
  EXPECT_THAT(done.error().message, HasSubstr("did not mark"));
}

TEST_F(SafeCopyTest, AnOdooThatFailsIsTold) {
  trio_.engine.OnStart([&](std::string_view name) {
    trio_.engine.SetLog(name, "psycopg2.OperationalError\n");
    trio_.engine.Finish(name, 1);
  });
  const Status done = ByOdoo();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("failed with code 1:\npsycopg2.OperationalError"));
}

TEST_F(SafeCopyTest, EveryCopyGetsAnIdentityOfItsOwn) {
  ASSERT_TRUE(ResetIdentity(Context(), cluster_, "side", "http://127.0.0.1:18100"));
  const std::string first = trio_.programs.Sql().back();
  ASSERT_TRUE(ResetIdentity(Context(), cluster_, "side", ""));
  const std::string second = trio_.programs.Sql().back();
  EXPECT_NE(UuidIn(first), "");
  EXPECT_NE(UuidIn(second), "");
  EXPECT_NE(UuidIn(first), UuidIn(second));
  EXPECT_THAT(first, AllOf(HasSubstr("'database.secret'"), HasSubstr("database.enterprise_code"),
                           HasSubstr("'web.base.url', 'http://127.0.0.1:18100'")));
  EXPECT_THAT(second, Not(HasSubstr("web.base.url"))) << "an unknown address is left alone";
}

TEST_F(SafeCopyTest, AnAddressIsNeverPartOfTheStatement) {
  ASSERT_TRUE(ResetIdentity(Context(), cluster_, "side", "x'); DROP TABLE res_users; --"));
  EXPECT_THAT(trio_.programs.Sql().back(), HasSubstr("'x''); DROP TABLE res_users; --'"));
}

}  // namespace
}  // namespace reprise::odoo
