#include "postgres/load_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "postgres/testing/fake_psql.hpp"
#include "postgres/testing/shop_db.hpp"

namespace reprise::postgres {
namespace {

using testing::FakePsql;

TEST(LoadWatchTest, TellsWhenMoreStandsAndNothingElse) {
  docker::FakeEngine engine;
  FakePsql psql(engine);
  testing::StartShopDb(engine);
  const Cluster cluster(engine, "shop_db", "postgres");
  const std::vector<FakePsql::Answer> answers{
      FakePsql::Rows({{"10", "8000"}}),
      FakePsql::Rows({{"10", "8000"}}),
      {.exit_code = 3, .error = "ERROR:  database \"side\" does not exist\n"},
      FakePsql::Rows({{"what", "9000"}}),
      FakePsql::Rows({{"10", "9000"}}),
      FakePsql::Rows({{"9", "9500"}}),
  };
  std::stop_source stop;
  std::size_t asked = 0;
  psql.On("pg_database_size", [&](const FakePsql::Call&) {
    if (asked + 1 == answers.size()) stop.request_stop();
    return answers.at(std::min(asked++, answers.size() - 1));
  });
  std::vector<Standing> told;
  WatchLoad(Context(stop.get_token()), cluster, "side", std::chrono::milliseconds(1),
            [&](const Standing& now) { told.push_back(now); });
  // The last answer may come after the end; what it says is fewer objects than before.
  ASSERT_GE(told.size(), 2U);
  EXPECT_EQ(told[0], (Standing{10, 8000}));
  EXPECT_EQ(told[1], (Standing{10, 9000}));
  if (told.size() > 2) {
    EXPECT_EQ(told[2], (Standing{10, 9500})) << "objects do not go away";
  }
}

}  // namespace
}  // namespace reprise::postgres
