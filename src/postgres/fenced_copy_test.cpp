#include "postgres/fenced_copy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgres/testing/fake_databases.hpp"
#include "postgres/testing/shop_db.hpp"

namespace reprise::postgres {
namespace {

using testing::FakeDatabase;
using testing::FakeDatabases;
using testing::FakePsql;
using ::testing::HasSubstr;

class FencedCopyTest : public ::testing::Test {
 protected:
  FencedCopyTest() {
    testing::StartShopDb(engine_);
    databases_.Add("shop__r1_1", {.content = "copy", .owner = "reprise_r1_1"});
  }
  [[nodiscard]] FakeDatabase At(const std::string& name) const {
    return databases_.world().databases.at(name);
  }

  docker::FakeEngine engine_;
  FakePsql psql_{engine_};
  FakeDatabases databases_{psql_};
  Cluster cluster_{engine_, "shop_db", "postgres"};
};

TEST_F(FencedCopyTest, ASideDatabaseBecomesOdoosButLetsNobodyIn) {
  ASSERT_TRUE(FenceAs(Context(), cluster_, "shop__r1_1", "shop__old_1", "odoo"));
  EXPECT_EQ(databases_.ContentOf("shop__r1_1"), "-");
  EXPECT_EQ(At("shop__old_1").content, "copy");
  EXPECT_EQ(At("shop__old_1").owner, "odoo");
  EXPECT_FALSE(At("shop__old_1").open);
}

TEST_F(FencedCopyTest, ItIsLeftAsItIsWhenThatWasDoneAlready) {
  ASSERT_TRUE(FenceAs(Context(), cluster_, "shop__r1_1", "shop__old_1", "odoo"));
  ASSERT_TRUE(FenceAs(Context(), cluster_, "shop__r1_1", "shop__old_1", "odoo"));
  EXPECT_EQ(At("shop__old_1").content, "copy");
}

TEST_F(FencedCopyTest, ThatNeitherIsThereIsTold) {
  const Status fenced = FenceAs(Context(), cluster_, "gone", "kept", "odoo");
  EXPECT_EQ(fenced.error().code, ErrorCode::kDatabaseFailed);
  EXPECT_THAT(fenced.error().message, HasSubstr("the database \"gone\" is gone from shop_db"));
}

TEST_F(FencedCopyTest, ACopyIsFencedFromTheFirstMoment) {
  ASSERT_TRUE(CopyFenced(Context(), cluster_, "shop__r1_1", "shop__old_1", "odoo"));
  EXPECT_EQ(At("shop__r1_1").content, "copy") << "it stays";
  EXPECT_TRUE(At("shop__r1_1").open);
  EXPECT_EQ(At("shop__old_1").content, "copy");
  EXPECT_EQ(At("shop__old_1").owner, "odoo");
  EXPECT_FALSE(At("shop__old_1").open);
  for (const std::string& sql : psql_.Sql()) {
    if (sql.find("TEMPLATE") == std::string::npos) continue;
    EXPECT_THAT(sql, HasSubstr("ALLOW_CONNECTIONS false")) << "not one statement later";
  }
}

TEST_F(FencedCopyTest, BeforeOneIsDroppedItsCopyingIsEnded) {
  int looks = 0;
  psql_.On("strpos(query, 'CREATE DATABASE \"shop__old_1\" OWNER')", [&](const FakePsql::Call&) {
    // The client was cut off; PostgreSQL goes on, and what it makes is seen when it has ended.
    if (++looks == 1) return FakePsql::Rows({{"t"}});
    databases_.Add("shop__old_1", {.content = "late"});
    return FakePsql::Answer{};
  });
  ASSERT_TRUE(DropCopy(Context(), cluster_, "shop__old_1"));
  EXPECT_EQ(looks, 2);
  EXPECT_EQ(databases_.ContentOf("shop__old_1"), "-");
}

TEST_F(FencedCopyTest, HalfACopyOfAnEarlierAttemptIsReplaced) {
  databases_.Add("shop__old_1", {.content = "half"});
  ASSERT_TRUE(CopyFenced(Context(), cluster_, "shop__r1_1", "shop__old_1", "odoo"));
  EXPECT_EQ(At("shop__old_1").content, "copy");
}

}  // namespace
}  // namespace reprise::postgres
