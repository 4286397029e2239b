#include "postgres/psql_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <thread>

#include "postgres/cluster.hpp"
#include "postgres/testing/fake_psql.hpp"
#include "postgres/testing/shop_db.hpp"

namespace reprise::postgres {
namespace {

using ::testing::ElementsAre;
using testing::FakePsql;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PsqlSessionTest : public ::testing::Test {
 protected:
  PsqlSessionTest() {
    testing::StartShopDb(engine_);
    psql_.On("SELECT one", FakePsql::Rows({{"a", "b"}, {"c", ""}}));
    psql_.On("SELECT bad", {.exit_code = 3, .error = "ERROR:  no such column\n"});
  }
  [[nodiscard]] Cluster KeptOpen() {
    return Cluster(engine_, "shop_db", "postgres").KeptOpen(Context());
  }
  [[nodiscard]] auto Started() const {
    const auto calls = engine_.calls();
    return std::count(calls.begin(), calls.end(), "exec shop_db psql");
  }

  docker::FakeEngine engine_;
  FakePsql psql_{engine_};
};

TEST_F(PsqlSessionTest, OneProgramAnswersAllQuestionsToADatabase) {
  const Cluster cluster = KeptOpen();
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(cluster.Query(Context(), "shop", "SELECT one").value(),
                ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "")));
    EXPECT_THAT(cluster.Query(Context(), "shop", "SELECT none").value(), IsEmpty());
  }
  const Cluster copy = cluster;
  EXPECT_TRUE(copy.Execute(Context(), "shop", "VACUUM"));
  EXPECT_EQ(Started(), 1);
  EXPECT_EQ(psql_.calls().front().spec.environment.at("PGDATABASE"), "shop");
  EXPECT_EQ(psql_.calls().front().spec.environment.at("PGOPTIONS"), "-c search_path=pg_catalog");
  EXPECT_TRUE(cluster.Query(Context(), "postgres", "SELECT one"));
  EXPECT_EQ(Started(), 2) << "another database is asked by another";
}

TEST_F(PsqlSessionTest, WithoutBeingToldEachQuestionHasItsOwn) {
  const Cluster cluster(engine_, "shop_db", "postgres");
  EXPECT_TRUE(cluster.Query(Context(), "shop", "SELECT one"));
  EXPECT_TRUE(cluster.Query(Context(), "shop", "SELECT one"));
  EXPECT_EQ(Started(), 2);
}

// Strangers fill the tables that are asked for: a row may hold anything, also what looks like an
// end.
TEST_F(PsqlSessionTest, ARowMayHoldLinesAndWhatMayLookLikeTheEnd) {
  const std::string odd = "one\n--reprise-0123456789abcdef0123456789abcdef--\n\n;\ntwo\n";
  psql_.On("SELECT odd", FakePsql::Rows({{odd, "1"}, {"", ""}}));
  psql_.On("SELECT blank", FakePsql::Rows({{""}}));
  const Cluster cluster = KeptOpen();
  EXPECT_THAT(cluster.Query(Context(), "shop", "SELECT odd").value(),
              ElementsAre(ElementsAre(odd, "1"), ElementsAre("", "")));
  EXPECT_THAT(cluster.Query(Context(), "shop", "SELECT blank").value(),
              ElementsAre(ElementsAre("")));
  EXPECT_EQ(cluster.Query(Context(), "shop", "SELECT one").value().size(), 2U);
}

TEST_F(PsqlSessionTest, AnErrorTellsTheServersWordsAndTheNextQuestionIsAskedAnew) {
  const Cluster cluster = KeptOpen();
  EXPECT_TRUE(cluster.Query(Context(), "shop", "SELECT one"));
  const auto refused = cluster.Query(Context(), "shop", "SELECT bad");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDatabaseFailed);
  EXPECT_THAT(refused.error().message, HasSubstr("ERROR:  no such column"));
  EXPECT_TRUE(cluster.Query(Context(), "shop", "SELECT one"));
  EXPECT_EQ(Started(), 2);
}

TEST_F(PsqlSessionTest, AFullDiskIsToldAsOne) {
  psql_.On("CREATE",
           {.exit_code = 3, .error = "ERROR:  could not extend file: No space left on device\n"});
  const auto refused = KeptOpen().Query(Context(), "shop", "CREATE DATABASE x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
}

TEST_F(PsqlSessionTest, AContainerThatIsGoneIsTold) {
  const auto cluster = Cluster(engine_, "nowhere_db", "postgres").KeptOpen(Context());
  const auto refused = cluster.Query(Context(), "shop", "SELECT one");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kContainerMissing);
}

TEST_F(PsqlSessionTest, TwoWhoAskAtOnceDoNotWaitForEachOther) {
  std::latch both(2);
  psql_.On("SELECT slow", [&](const FakePsql::Call&) {
    both.arrive_and_wait();
    return FakePsql::Rows({{"1"}});
  });
  const Cluster cluster = KeptOpen();
  TaskGroup group{Context()};
  for (int i = 0; i < 2; ++i) {
    group.Spawn([&](const Context& ctx) { return cluster.Execute(ctx, "shop", "SELECT slow"); });
  }
  EXPECT_TRUE(group.Join());
  EXPECT_EQ(Started(), 2);
}

// A server that has restarted meanwhile, or an administrator who ended what idles.
TEST_F(PsqlSessionTest, OneThatHasEndedWhileItIdledIsNotedBeforeTheQuestionIsAsked) {
  std::atomic<int> programs = 0;
  std::atomic<int> asked = 0;
  engine_.OnExec([&](const Context& ctx, std::string_view, const docker::ExecSpec&,
                     const docker::ExecStreams& streams) -> Result<int> {
    const bool is_first = ++programs == 1;
    int answered = 0;
    return docker::testing::AnswerInTurn(
        ctx, streams, [&](const std::string& sql, ByteWriter& answer) -> Result<int> {
          if (sql == "DROP ROLE x") ++asked;
          if (is_first && ++answered > 1) return 2;
          RETURN_IF_ERROR(answer.Write(ctx, BytesOf("1\n")));
          return 0;
        });
  });
  const Cluster cluster = KeptOpen();
  EXPECT_TRUE(cluster.Execute(Context(), "shop", "SELECT 1"));
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  EXPECT_TRUE(cluster.Execute(Context(), "shop", "DROP ROLE x"));
  EXPECT_EQ(programs, 2);
  EXPECT_EQ(asked, 1);
}

TEST_F(PsqlSessionTest, OneThatRemembersIsNotToldToForget) {
  PsqlSession session(Context(), engine_, "shop_db", {},
                      {.between = PsqlSession::Between::kRemember, .most_answer = 100});
  EXPECT_TRUE(session.Query(Context(), "BEGIN"));
  psql_.On("SELECT long", FakePsql::Rows({{std::string(200, 'x')}}));
  const auto rows = session.Query(Context(), "SELECT long");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kPayloadTooLarge);
}

TEST_F(PsqlSessionTest, EndsWithTheLastWhoMayAsk) {
  std::atomic<int> running = 0;
  engine_.OnExec([&](const Context& ctx, std::string_view, const docker::ExecSpec&,
                     const docker::ExecStreams& streams) -> Result<int> {
    ++running;
    std::vector<std::byte> buffer(4096);
    while (true) {
      const auto count = streams.input->Read(ctx, buffer);
      if (!count || *count == 0) break;
      const std::string text(TextOf(ConstByteSpan(buffer).first(*count)));
      EXPECT_THAT(text, HasSubstr("\n;\nDISCARD ALL;\n\\echo --reprise-"));
      const std::string mark = text.substr(text.rfind("--reprise-"));
      EXPECT_TRUE(streams.output->Write(ctx, BytesOf(mark)));
    }
    --running;
    return 0;
  });
  {
    const Cluster cluster = KeptOpen();
    EXPECT_TRUE(cluster.Execute(Context(), "shop", "SELECT 1"));
    EXPECT_EQ(running, 1);
  }
  EXPECT_EQ(running, 0);
}

}  // namespace
}  // namespace reprise::postgres
