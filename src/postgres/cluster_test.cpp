#include "postgres/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgres/load.hpp"
#include "postgres/testing/fake_psql.hpp"
#include "postgres/testing/shop_db.hpp"

namespace reprise::postgres {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakePsql;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ClusterTest : public ::testing::Test {
 protected:
  ClusterTest() { testing::StartShopDb(engine_, {{"POSTGRES_PASSWORD", "secret"}}); }
  [[nodiscard]] Result<std::vector<QueryRow>> Query() const {
    return cluster_.Query(Context(), "shop", "SELECT 1");
  }

  docker::FakeEngine engine_;
  FakePsql psql_{engine_};
  Cluster cluster_{engine_, "shop_db", "admin"};
};

TEST_F(ClusterTest, RunsPsqlInTheContainerWithSqlAndSecretsOutOfItsArguments) {
  ASSERT_TRUE(cluster_.Execute(Context(), "prod-main", "SELECT 'private'"));
  ASSERT_EQ(psql_.calls().size(), 1U);
  const FakePsql::Call call = psql_.calls().front();
  EXPECT_EQ(call.container, "shop_db");
  EXPECT_EQ(call.sql, "SELECT 'private'");
  EXPECT_THAT(call.spec.argv, AllOf(Contains("-X"), Contains("ON_ERROR_STOP=1")));
  for (const std::string& argument : call.spec.argv) {
    EXPECT_THAT(argument, AllOf(Not(HasSubstr("private")), Not(HasSubstr("secret"))));
  }
  EXPECT_EQ(call.spec.environment.at("PGDATABASE"), "prod-main");
  EXPECT_EQ(call.spec.environment.at("PGUSER"), "admin");
  EXPECT_EQ(call.spec.environment.at("PGPASSWORD"), "secret");
}

TEST_F(ClusterTest, AnAnswerIsHeldUpToALimit) {
  std::size_t taken = 0;
  engine_.OnExec([&](const Context& ctx, auto, const auto&,
                     const docker::ExecStreams& streams) -> Result<int> {
    const std::string piece(1 << 20U, 'x');
    for (; taken < 1000; ++taken) RETURN_IF_ERROR(streams.output->Write(ctx, BytesOf(piece)));
    return 0;
  });
  EXPECT_EQ(Query().error().code, ErrorCode::kPayloadTooLarge);
  EXPECT_EQ(taken, 64U) << "MiB";
}

TEST_F(ClusterTest, AnotherRoleLogsInWithItsOwnPasswordByTcp) {
  ASSERT_TRUE(cluster_.As("loader", "its own").Execute(Context(), "side", "SELECT 1"));
  const docker::EnvironmentVariables environment = psql_.calls().front().spec.environment;
  EXPECT_EQ(environment.at("PGUSER"), "loader");
  EXPECT_EQ(environment.at("PGPASSWORD"), "its own");
  EXPECT_EQ(environment.at("PGHOST"), "127.0.0.1");
}

// A dump may set its database's, with operators of its own in it: they would run as administrator.
TEST_F(ClusterTest, TheSearchPathIsToldForTheSession) {
  ASSERT_TRUE(cluster_.Execute(Context(), "side", "SELECT 1"));
  EXPECT_EQ(psql_.calls().back().spec.environment.at("PGOPTIONS"), "-c search_path=pg_catalog");
  ASSERT_TRUE(cluster_.As("loader", "its own").Execute(Context(), "side", "SELECT 1"));
  EXPECT_EQ(psql_.calls().back().spec.environment.at("PGOPTIONS"), "-c search_path=public");
}

TEST_F(ClusterTest, ReadsRowsAlsoWithLineFeedsAndEmptyValues) {
  psql_.On("SELECT", FakePsql::Rows({{"a", "b"}, {"", "two\nlines"}}));
  EXPECT_THAT(*Query(), ElementsAre(ElementsAre("a", "b"), ElementsAre("", "two\nlines")));
}

TEST_F(ClusterTest, TellsNoRowFromOneEmptyValue) {
  EXPECT_THAT(*Query(), IsEmpty());
  psql_.On("SELECT", FakePsql::Rows({{""}}));
  EXPECT_THAT(*Query(), ElementsAre(ElementsAre("")));
  EXPECT_EQ(cluster_.QueryValue(Context(), "shop", "SELECT ''").value(), "");
}

TEST_F(ClusterTest, AValueThatIsNotThereIsAFailure) {
  EXPECT_EQ(cluster_.QueryValue(Context(), "shop", "SELECT 1").error().code,
            ErrorCode::kDatabaseFailed);
}

TEST_F(ClusterTest, ARefusalTellsTheServersWords) {
  psql_.On("SELECT", {.exit_code = 3, .error = "psql:<stdin>:1: ERROR:  no such thing\n"});
  const auto rows = Query();
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kDatabaseFailed);
  EXPECT_THAT(rows.error().message, AllOf(HasSubstr("shop_db"), HasSubstr("no such thing")));
}

TEST_F(ClusterTest, AFullDiskIsToldAsSuch) {
  psql_.On("SELECT",
           {.exit_code = 3, .error = "ERROR:  could not extend file: No space left on device\n"});
  EXPECT_EQ(Query().error().code, ErrorCode::kNoSpace);
}

TEST_F(ClusterTest, AContainerThatIsGoneOrStoppedIsTold) {
  ASSERT_TRUE(engine_.Stop(Context(), "shop_db", std::chrono::seconds(1)));
  EXPECT_EQ(Query().error().code, ErrorCode::kContainerFailed);
  ASSERT_TRUE(engine_.Remove(Context(), "shop_db"));
  EXPECT_EQ(Query().error().code, ErrorCode::kContainerMissing);
}

TEST_F(ClusterTest, ReadsVersionsOfBothShapes) {
  psql_.On("server_version_num", FakePsql::Rows({{"130023"}}));
  EXPECT_EQ(cluster_.Version(Context()).value(), "13.23");
  EXPECT_EQ(cluster_.VersionNumber(Context()).value(), 130023);
  psql_.On("server_version_num", FakePsql::Rows({{"180000"}}));
  EXPECT_EQ(cluster_.Version(Context()).value(), "18.0");
  psql_.On("server_version_num", FakePsql::Rows({{"13.2"}}));
  EXPECT_EQ(cluster_.Version(Context()).error().code, ErrorCode::kDatabaseFailed);
}

TEST_F(ClusterTest, FindsADatabaseByItsExactName) {
  psql_.On("FROM pg_database",
           FakePsql::Rows({{"postgres", "13", "admin", "t", "UTF8", "C", "C"},
                           {"prod-main", "16400", "odoo", "f", "UTF8", "de_DE.utf8", "C.UTF-8"}}));
  const auto found = cluster_.FindDatabase(Context(), "prod-main");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->owner, "odoo");
  EXPECT_FALSE((*found)->allows_connections);
  EXPECT_EQ((*found)->collate, "de_DE.utf8");
  EXPECT_EQ((*found)->ctype, "C.UTF-8");
  EXPECT_FALSE(*cluster_.FindDatabase(Context(), "prod"));
}

TEST_F(ClusterTest, AListThatCannotBeReadIsAFailure) {
  psql_.On("FROM pg_database", FakePsql::Rows({{"one", "1", "column short", "t", "UTF8", "C"}}));
  EXPECT_EQ(cluster_.Databases(Context()).error().code, ErrorCode::kDatabaseFailed);
}

TEST_F(ClusterTest, AsksForSizesByQuotedName) {
  psql_.On("pg_database_size('it''s')", FakePsql::Rows({{"123456789012"}}));
  EXPECT_EQ(cluster_.DatabaseBytes(Context(), "it's").value(), 123'456'789'012U);
}

TEST_F(ClusterTest, ReadsFreeSpaceOutOfDf) {
  psql_.On("data_directory", FakePsql::Rows({{"/var/lib/postgresql/data"}}));
  psql_.OnProgram("df", {"Filesystem 1024-blocks Used Available Capacity Mounted on\n"
                         "/dev/sda1     61255492  9   41298432      29% /var/lib\n"});
  EXPECT_EQ(cluster_.FreeBytes(Context()).value(), 41'298'432ULL * 1024);
  psql_.OnProgram("df", {"Filesystem\n"});
  EXPECT_EQ(cluster_.FreeBytes(Context()).error().code, ErrorCode::kContainerFailed);
}

TEST_F(ClusterTest, DropsByQuotedNameAfterFencing) {
  ASSERT_TRUE(cluster_.DropDatabase(Context(), "a\"b'c"));
  const std::string sql = psql_.Sql().back();
  EXPECT_THAT(sql, HasSubstr("WHERE datname = 'a\"b''c' \\gset"));
  const std::size_t fence = sql.find(R"(ALTER DATABASE "a""b'c" ALLOW_CONNECTIONS false)");
  const std::size_t drop = sql.find(R"(DROP DATABASE "a""b'c")");
  ASSERT_NE(drop, std::string::npos);
  EXPECT_LT(fence, drop);
}

TEST_F(ClusterTest, WaitingForAServerThatNeverComesTimesOut) {
  psql_.OnProgram("pg_isready", {.exit_code = 2});
  EXPECT_EQ(cluster_.WaitReady(Context(), std::chrono::seconds(0)).error().code,
            ErrorCode::kTimeout);
  psql_.OnProgram("pg_isready", FakePsql::Answer{});
  EXPECT_TRUE(cluster_.WaitReady(Context(), std::chrono::seconds(60)));
}

TEST_F(ClusterTest, RemovesTheSideOfOneRestoreAndNothingElse) {
  psql_.SetDatabases({"postgres", "shop", "shop__r1a2b3c4d_1", "shop__r1a2b3c4d_2",
                      "shop__r99999999_1", "shop__old_1a2b3c4d"});
  psql_.On("FROM pg_roles",
           FakePsql::Rows({{"odoo"}, {"reprise_r1a2b3c4d_1"}, {"reprise_r99999999_1"}}));
  ASSERT_TRUE(RemoveSide(Context(), cluster_, "shop__r1a2b3c4d_", "reprise_r1a2b3c4d_"));
  std::vector<std::string> dropped;
  for (const std::string& sql : psql_.Sql()) {
    if (const std::size_t at = sql.find("DROP "); at != std::string::npos) {
      dropped.push_back(sql.substr(at, sql.find_first_of(";\n", at) - at));
    }
  }
  EXPECT_THAT(dropped, ElementsAre("DROP DATABASE \"shop__r1a2b3c4d_1\"",
                                   "DROP DATABASE \"shop__r1a2b3c4d_2\"",
                                   "DROP ROLE IF EXISTS \"reprise_r1a2b3c4d_1\""));
}

}  // namespace
}  // namespace reprise::postgres
