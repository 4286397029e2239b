#include "postgres/swap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgres/testing/fake_psql.hpp"
#include "postgres/testing/shop_db.hpp"

namespace reprise::postgres {
namespace {

using testing::FakePsql;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class SwapTest : public ::testing::Test {
 protected:
  SwapTest() { testing::StartShopDb(engine_); }
  // What is changed, apart from looking.
  [[nodiscard]] std::vector<std::string> Changes() const {
    std::vector<std::string> changes;
    for (const std::string& sql : psql_.Sql()) {
      if (sql.find("ALTER") != std::string::npos) changes.push_back(sql);
    }
    return changes;
  }

  docker::FakeEngine engine_;
  FakePsql psql_{engine_};
  Cluster cluster_{engine_, "shop_db", "postgres"};
  SwapNames names_{.live = "shop", .incoming = "side", .outgoing = "old", .owner = "odoo"};
};

TEST_F(SwapTest, IsToldByWhichDatabasesThereAre) {
  const auto looked = [&](const std::vector<std::string>& databases) {
    psql_.SetDatabases(databases);
    return LookAtSwap(Context(), cluster_, names_).value();
  };
  EXPECT_EQ(looked({"postgres", "shop", "side"}), SwapState::kNotSwapped);
  EXPECT_EQ(looked({"postgres", "side", "old"}), SwapState::kNotSwapped);
  EXPECT_EQ(looked({"postgres", "shop", "old"}), SwapState::kSwapped);
  EXPECT_EQ(looked({"postgres", "old"}), SwapState::kLost);
  EXPECT_EQ(looked({"postgres", "shop"}), SwapState::kLost) << "the live one is the old one still";
  names_.replaces = false;
  EXPECT_EQ(looked({"postgres", "shop"}), SwapState::kSwapped);
}

TEST_F(SwapTest, FencesBothFirstAndThenRenamesInOneTransaction) {
  psql_.SetDatabases({"shop", "side"});
  ASSERT_TRUE(SwapDatabases(Context(), cluster_, names_));
  const auto changes = Changes();
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_THAT(changes[0], HasSubstr("ALTER DATABASE \"shop\" ALLOW_CONNECTIONS false"));
  EXPECT_THAT(changes[0], HasSubstr("ALTER DATABASE \"side\" ALLOW_CONNECTIONS false"));
  EXPECT_EQ(changes[1],
            "BEGIN;\n"
            "ALTER DATABASE \"shop\" RENAME TO \"old\";\n"
            "ALTER DATABASE \"side\" RENAME TO \"shop\";\n"
            "ALTER DATABASE \"shop\" OWNER TO \"odoo\";\n"
            "ALTER DATABASE \"shop\" ALLOW_CONNECTIONS true;\n"
            "COMMIT;\n");
}

TEST_F(SwapTest, WorksWithoutALiveDatabase) {
  psql_.SetDatabases({"side"});
  ASSERT_TRUE(SwapDatabases(Context(), cluster_, names_));
  const auto changes = Changes();
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_THAT(changes[0], Not(HasSubstr("\"shop\"")));
  EXPECT_THAT(changes[1], Not(HasSubstr("\"old\"")));
}

TEST_F(SwapTest, OneThatIsToReplaceNothingLeavesALiveDatabaseAlone) {
  names_.replaces = false;
  names_.outgoing = {};
  psql_.SetDatabases({"shop", "side"});
  const Result<bool> swapped = SwapDatabases(Context(), cluster_, names_);
  ASSERT_FALSE(swapped);
  EXPECT_THAT(swapped.error().message, HasSubstr("there is one of that name again"));
  EXPECT_THAT(Changes(), SizeIs(0));
}

TEST_F(SwapTest, IsNotDoneTwice) {
  psql_.SetDatabases({"shop", "old"});
  ASSERT_TRUE(SwapDatabases(Context(), cluster_, names_));
  EXPECT_THAT(Changes(), SizeIs(0));
}

TEST_F(SwapTest, TouchesNothingWhenBothAreGone) {
  psql_.SetDatabases({"old"});
  const Result<bool> swapped = SwapDatabases(Context(), cluster_, names_);
  ASSERT_FALSE(swapped);
  EXPECT_EQ(swapped.error().code, ErrorCode::kDatabaseFailed);
  EXPECT_THAT(Changes(), SizeIs(0));
}

TEST_F(SwapTest, RenamesNothingWhenTheFenceFails) {
  psql_.SetDatabases({"shop", "side"});
  psql_.On("ALLOW_CONNECTIONS false", {.exit_code = 3, .error = "ERROR:  not now\n"});
  ASSERT_FALSE(SwapDatabases(Context(), cluster_, names_));
  EXPECT_THAT(Changes(), SizeIs(1));
}

TEST_F(SwapTest, IsTriedAgainWhenASessionHadBeenInItsStart) {
  psql_.SetDatabases({"shop", "side"});
  int tries = 0;
  psql_.On("RENAME TO", [&](const FakePsql::Call&) -> FakePsql::Answer {
    if (++tries > 1) return {};
    return {.exit_code = 3,
            .error = "ERROR:  database \"shop\" is being accessed by other users\n"};
  });
  ASSERT_TRUE(SwapDatabases(Context(), cluster_, names_));
  const auto changes = Changes();
  ASSERT_THAT(changes, SizeIs(4)) << "fenced again, and renamed again";
  EXPECT_EQ(changes[0], changes[2]);
  EXPECT_EQ(changes[1], changes[3]);
}

TEST_F(SwapTest, AFenceIsLiftedByName) {
  ASSERT_TRUE(Unfence(Context(), cluster_, "it\"s"));
  EXPECT_EQ(psql_.Sql().back(), "ALTER DATABASE \"it\"\"s\" ALLOW_CONNECTIONS true");
}

}  // namespace
}  // namespace reprise::postgres
