#include "postgres/own_sql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgres/testing/fake_psql.hpp"
#include "postgres/testing/shop_db.hpp"

namespace reprise::postgres {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> Split(std::string_view sql) {
  const auto statements = SplitStatements(sql);
  return statements ? *statements : std::vector<std::string>{"refused"};
}

TEST(OwnSql, IsSplitAsPsqlWouldWithOrWithoutTheLastSemicolon) {
  EXPECT_THAT(Split("UPDATE a SET b = ';'; DELETE FROM c"),
              ElementsAre("UPDATE a SET b = ';';", HasSubstr("DELETE FROM c")));
  EXPECT_THAT(Split("DO $x$ BEGIN PERFORM 1; END $x$;"), ElementsAre(HasSubstr("PERFORM 1; END")));
  EXPECT_THAT(Split(" \n -- nothing\n ; ;"), IsEmpty());
  EXPECT_THAT(Split("SELECT 1 -- no end"), ElementsAre(HasSubstr("SELECT 1")));
}

TEST(OwnSql, OnlySqlIsTaken) {
  for (const char* sql : {"\\! rm -rf /", "SELECT 1 \\g | sh", "SELECT 'open", "SELECT $a$ open",
                          "COPY a FROM stdin;\n1\n\\.\n", "COPY a FROM PROGRAM 'id';"}) {
    const auto statements = SplitStatements(sql);
    ASSERT_FALSE(statements) << sql;
    EXPECT_EQ(statements.error().code, ErrorCode::kInvalidArgument);
  }
}

class RunOwnSqlTest : public ::testing::Test {
 protected:
  RunOwnSqlTest() { testing::StartShopDb(engine_); }

  docker::FakeEngine engine_;
  testing::FakePsql psql_{engine_};
  Cluster cluster_ = Cluster(engine_, "shop_db", "postgres").As("loader", "secret");
};

TEST_F(RunOwnSqlTest, IsOneTransactionWithALimitAndSaysWhatEachHasTouched) {
  psql_.On("reprise.touched", testing::FakePsql::Rows({{"5,0,"}}));
  const auto touched = RunOwnSql(Context(), cluster_, "side",
                                 {.statements = {"UPDATE a SET b = '\\! x';", "DELETE FROM c;"},
                                  .limit = std::chrono::seconds(7),
                                  .closing = "INSERT INTO noted VALUES (1);"});
  ASSERT_TRUE(touched) << touched.error().Sentence();
  EXPECT_THAT(*touched, ElementsAre(5U, 0U));
  const std::string sql = psql_.Sql().back();
  EXPECT_THAT(sql, AllOf(HasSubstr("BEGIN;\nSET LOCAL statement_timeout = 7000;"),
                         HasSubstr("INSERT INTO noted VALUES (1);\nCOMMIT;")));
  EXPECT_THAT(sql, Not(HasSubstr("\nUPDATE"))) << "the server runs it, never psql";
}

TEST_F(RunOwnSqlTest, AFailureNamesTheStatement) {
  psql_.On(
      "reprise.touched",
      {.exit_code = 3, .error = "ERROR:  statement 2 (DELETE FROM c;) failed: no such table\n"});
  const auto touched =
      RunOwnSql(Context(), cluster_, "side", {.statements = {"SELECT 1;", "DELETE FROM c;"}});
  ASSERT_FALSE(touched);
  EXPECT_THAT(touched.error().message, HasSubstr("statement 2 (DELETE FROM c;) failed"));
}

TEST_F(RunOwnSqlTest, NothingAsksNobody) {
  EXPECT_THAT(*RunOwnSql(Context(), cluster_, "side", {}), IsEmpty());
  EXPECT_THAT(psql_.Sql(), IsEmpty());
}

}  // namespace
}  // namespace reprise::postgres
