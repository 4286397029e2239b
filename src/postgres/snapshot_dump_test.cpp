#include "postgres/snapshot_dump.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgres/testing/fake_databases.hpp"
#include "postgres/testing/shop_db.hpp"

namespace reprise::postgres {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeDatabases;
using testing::FakePsql;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class SnapshotTest : public ::testing::Test {
 protected:
  SnapshotTest() {
    testing::StartShopDb(engine_);
    databases_.Add(
        "shop", {.content = "live", .rows = {{"public.res_users", 3}, {"public.odd \"name", 812}}});
  }
  [[nodiscard]] Result<std::unique_ptr<SnapshotSession>> Open() const {
    return SnapshotSession::Open(Context(), cluster_, "shop");
  }

  docker::FakeEngine engine_;
  FakePsql psql_{engine_};
  FakeDatabases databases_{psql_};
  Cluster cluster_{engine_, "shop_db", "postgres"};
};

TEST_F(SnapshotTest, IsATransactionThatOnlyReadsAndThatOthersCanJoin) {
  const auto session = Open();
  ASSERT_TRUE(session) << session.error().Sentence();
  EXPECT_EQ((*session)->snapshot(), "00000003-0000001B-1");
  EXPECT_THAT(psql_.Sql().front(), HasSubstr("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  EXPECT_EQ(psql_.calls().front().spec.environment.at("PGDATABASE"), "shop");
}

TEST_F(SnapshotTest, AnswersOneQuestionAfterTheOtherInTheSameSession) {
  psql_.On("SELECT one", FakePsql::Rows({{"a", "b"}, {"c", ""}}));
  psql_.On("SELECT none", FakePsql::Rows({}));
  const auto session = Open().value();
  EXPECT_THAT(session->Query(Context(), "SELECT one").value(),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "")));
  EXPECT_THAT(session->Query(Context(), "SELECT none").value(), IsEmpty());
  EXPECT_THAT(session->Query(Context(), "SELECT one").value(), ::testing::SizeIs(2));
  int sessions = 0;
  for (const std::string& call : engine_.calls()) sessions += call == "exec shop_db psql" ? 1 : 0;
  EXPECT_EQ(sessions, 1);
}

TEST_F(SnapshotTest, ARefusedQuestionTellsTheServersWords) {
  psql_.On("SELECT bad", {.exit_code = 3, .error = "ERROR:  no such column\n"});
  const auto session = Open().value();
  const auto rows = session->Query(Context(), "SELECT bad");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kDatabaseFailed);
  EXPECT_THAT(rows.error().message, HasSubstr("no such column"));
  EXPECT_FALSE(session->Query(Context(), "SELECT 1")) << "the snapshot is gone with its session";
}

TEST_F(SnapshotTest, OfADatabaseThatIsNotThereIsAFailure) {
  const auto session = SnapshotSession::Open(Context(), cluster_, "gone");
  ASSERT_FALSE(session);
  EXPECT_THAT(session.error().message, HasSubstr("\"gone\" does not exist"));
}

TEST_F(SnapshotTest, CountsEveryTableByItsFullName) {
  const auto session = Open().value();
  EXPECT_THAT(CountRows(Context(), *session).value(),
              ElementsAre(Pair("public.odd \"name", 812), Pair("public.res_users", 3)));
  EXPECT_THAT(psql_.Sql().back(), HasSubstr("FROM ONLY \"public\".\"odd \"\"name\""));
  EXPECT_EQ(CountRows(Context(), cluster_, "shop").value().size(), 2U);
}

TEST_F(SnapshotTest, ManyTablesAreCountedInSeveralQuestions) {
  auto world = databases_.world();
  auto& rows = world.databases.at("shop").rows;
  for (int i = 0; i < 248; ++i) rows["public.t" + std::to_string(i)] = 7;
  databases_.Set(world);
  psql_.On("count(*) FROM ONLY", [&](const FakePsql::Call& call) {
    std::vector<std::vector<std::string>> counted;
    for (const auto& [table, count] : rows) {
      if (call.sql.find("'" + table + "'") != std::string::npos) {
        counted.push_back({table, std::to_string(count)});
      }
    }
    return FakePsql::Rows(counted);
  });
  EXPECT_EQ(CountRows(Context(), cluster_, "shop").value(), rows);
}

TEST_F(SnapshotTest, TheDumpIsOfTheSnapshotInCustomFormat) {
  psql_.OnProgram("pg_dump", {"PGDMP bytes"});
  StringWriter to;
  ASSERT_TRUE(DumpDatabase(Context(), cluster_, "shop", "00000003-0000001B-1", to));
  EXPECT_EQ(to.text(), "PGDMP bytes");
  const FakePsql::Call call = psql_.calls().back();
  EXPECT_EQ(call.container, "shop_db");
  EXPECT_THAT(call.spec.argv,
              AllOf(Contains("--snapshot=00000003-0000001B-1"), Contains("--format=custom")));
  EXPECT_EQ(call.spec.environment.at("PGDATABASE"), "shop");
}

TEST_F(SnapshotTest, AFailedDumpIsAFailureHoweverMuchItWrote) {
  psql_.OnProgram("pg_dump", {.output = "PGDMP half",
                              .exit_code = 1,
                              .error = "pg_dump: error: invalid page in block 7\n"});
  StringWriter to;
  const Status dumped = DumpDatabase(Context(), cluster_, "shop", "s", to);
  ASSERT_FALSE(dumped);
  EXPECT_EQ(dumped.error().code, ErrorCode::kDumpFailed);
  EXPECT_THAT(dumped.error().message, AllOf(HasSubstr("shop_db"), HasSubstr("invalid page")));
  EXPECT_THAT(psql_.Sql(), IsEmpty()) << "it has ended by itself";
}

// Docker lets a program go on that nobody listens to any more: it would read the live database.
TEST_F(SnapshotTest, ADumpThatIsBrokenOffEndsInTheServerToo) {
  psql_.OnProgram("pg_dump", {"PGDMP bytes"});
  Pipe full;
  full.FailReader(Error{ErrorCode::kNoSpace, "the storage is full"});
  const Status dumped = DumpDatabase(Context(), cluster_, "shop", "0003-1", full.writer());
  ASSERT_FALSE(dumped);
  EXPECT_EQ(dumped.error().code, ErrorCode::kNoSpace);
  std::string name;
  for (const FakePsql::Call& call : psql_.calls()) {
    if (call.spec.argv.front() == "pg_dump") name = call.spec.environment.at("PGAPPNAME");
  }
  EXPECT_THAT(name, HasSubstr("0003-1"));
  EXPECT_THAT(psql_.Sql(), ElementsAre(AllOf(HasSubstr("pg_terminate_backend"),
                                             HasSubstr("application_name = '" + name + "'"))));
}

}  // namespace
}  // namespace reprise::postgres
