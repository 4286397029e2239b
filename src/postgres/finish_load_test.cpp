#include "postgres/finish_load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgres/testing/fake_databases.hpp"
#include "postgres/testing/shop_db.hpp"

namespace reprise::postgres {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FakeDatabases;
using testing::FakePsql;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FinishLoadTest : public ::testing::Test {
 protected:
  FinishLoadTest() {
    testing::StartShopDb(engine_);
    FakeDatabases::World world = databases_.world();
    world.roles["reprise_r1_1"] = {};
    databases_.Set(std::move(world));
    databases_.Add("side",
                   {.content = "backup", .owner = "reprise_r1_1", .objects = "reprise_r1_1"});
    psql_.On("k.contype = 'f'", FakePsql::Rows({{"public", "a", "a_b_fkey", "8192", "7"},
                                                {"public", "c", "c_b_fkey", "8192", "8"}}));
    psql_.On("WHERE r.rolname = 'reprise_r1_1' AND c.relkind IN ('r', 'p', 'm')",
             FakePsql::Rows({{"public", "a", "8192"}, {"public", "b", "8192"}}));
  }
  Status Finish() { return FinishLoad(Context(), cluster_, side_, options_); }
  // What psql got, in order, of what contains one of these.
  [[nodiscard]] std::vector<std::string> Sql(const std::vector<std::string>& parts) const {
    std::vector<std::string> found;
    for (const std::string& sql : psql_.Sql()) {
      for (const std::string& part : parts) {
        if (sql.find(part) != std::string::npos) found.push_back(sql);
      }
    }
    return found;
  }

  docker::FakeEngine engine_;
  FakePsql psql_{engine_};
  FakeDatabases databases_{psql_};
  Cluster cluster_{engine_, "shop_db", "postgres"};
  SideDatabase side_{.name = "side", .loader_role = "reprise_r1_1", .final_owner = "odoo"};
  FinishOptions options_{.jobs = 2};
};

TEST_F(FinishLoadTest, EachTableIsLookedThroughInOneSessionAsTheLoader) {
  options_.left_not_valid = {"8"};
  ASSERT_TRUE(Finish());
  std::vector<std::string> lines;
  for (const FakePsql::Call& call : psql_.calls()) {
    if (call.sql.find("ANALYZE") == std::string::npos) continue;
    EXPECT_EQ(call.spec.environment.at("PGUSER"), "reprise_r1_1");
    EXPECT_THAT(call.sql, StartsWith("SET synchronous_commit = off;"));
    lines.push_back(call.sql.substr(call.sql.find('\n') + 1));
  }
  std::sort(lines.begin(), lines.end());
  EXPECT_THAT(lines, ElementsAre("ALTER TABLE ONLY \"public\".\"a\" VALIDATE CONSTRAINT "
                                 "\"a_b_fkey\";\nANALYZE \"public\".\"a\";\n\n",
                                 "ANALYZE \"public\".\"b\";\n\n"));
}

// It runs functions of the dump as the owner of what they index; Odoo's role may be a superuser.
TEST_F(FinishLoadTest, NothingIsOdoosBeforeAllIsLookedThrough) {
  ASSERT_TRUE(Finish());
  const auto sql = Sql({"ANALYZE", "REASSIGN OWNED"});
  ASSERT_EQ(sql.size(), 3U);
  EXPECT_THAT(sql.back(), HasSubstr("REASSIGN OWNED BY \"reprise_r1_1\" TO \"odoo\""));
  EXPECT_EQ(databases_.world().databases.at("side").objects, "odoo");
}

TEST_F(FinishLoadTest, WhatRunsBesideIsLetInAndNobodyAfterwards) {
  options_.beside = [&](const Context& ctx, const Cluster& reader) -> Status {
    EXPECT_EQ(Sql({"GRANT"}).size(), 1U);
    EXPECT_EQ(databases_.world().databases.at("side").objects, "reprise_r1_1");
    EXPECT_TRUE(reader.Query(ctx, "side", "SELECT 7"));
    return {};
  };
  ASSERT_TRUE(Finish());
  EXPECT_THAT(Sql({"GRANT", "REVOKE"}), ElementsAre("GRANT \"reprise_r1_1\" TO \"odoo\"",
                                                    "REVOKE \"reprise_r1_1\" FROM \"odoo\""));
}

TEST_F(FinishLoadTest, ARoleThatDoesNotInheritWaitsUntilAllIsItsOwn) {
  psql_.On("rolinherit", FakePsql::Rows({}));
  int ran = 0;
  options_.beside = [&](const Context&, const Cluster& reader) -> Status {
    ++ran;
    EXPECT_EQ(databases_.world().databases.at("side").objects, "odoo");
    EXPECT_EQ(reader.admin(), "postgres") << "the loader may not read it any more";
    return {};
  };
  ASSERT_TRUE(Finish());
  EXPECT_EQ(ran, 1);
  EXPECT_TRUE(Sql({"GRANT"}).empty());
}

TEST_F(FinishLoadTest, AFailureBesideOrOfARowHandsNothingOver) {
  options_.beside = [](const Context&, const Cluster&) {
    return Fail(ErrorCode::kProofFailed, "no registry");
  };
  EXPECT_EQ(Finish().error().code, ErrorCode::kProofFailed);
  options_.beside = {};
  psql_.On("VALIDATE",
           {.exit_code = 3, .error = "ERROR:  violates foreign key constraint \"a_b_fkey\"\n"});
  const Status refused = Finish();
  EXPECT_EQ(refused.error().code, ErrorCode::kLoadFailed);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("a_b_fkey"), Not(HasSubstr("ALTER TABLE"))));
  EXPECT_TRUE(Sql({"REASSIGN"}).empty());
}

TEST_F(FinishLoadTest, WhatIsNoFaultOfTheDumpIsNotToldAsOne) {
  psql_.On("VALIDATE", {.exit_code = 3, .error = "FATAL:  sorry, too many clients already\n"});
  EXPECT_EQ(Finish().error().code, ErrorCode::kDatabaseFailed);
}

TEST_F(FinishLoadTest, OneThatTakesTooLongIsToldAndWhatRunsBesideHasNoLimit) {
  options_.time_limit = std::chrono::seconds(0);
  EXPECT_THAT(Finish().error().message, HasSubstr("was not looked through within 0 s"));
  options_.time_limit = std::chrono::hours(1);
  options_.beside = [](const Context&, const Cluster&) {
    return Fail(ErrorCode::kTimeout, "the engine does not answer");
  };
  EXPECT_EQ(Finish().error().message, "the engine does not answer");
}

TEST_F(FinishLoadTest, WhoLostTheTaskMeanwhileHandsNothingOver) {
  options_.check_owner = [] { return Status(); };
  options_.before_hand_over = [] { return Fail(ErrorCode::kLeaseLost, "another has it"); };
  EXPECT_EQ(Finish().error().code, ErrorCode::kLeaseLost);
  EXPECT_TRUE(Sql({"REASSIGN"}).empty());
  options_.check_owner = options_.before_hand_over;
  const std::size_t before = psql_.calls().size();
  EXPECT_EQ(Finish().error().code, ErrorCode::kLeaseLost);
  EXPECT_EQ(psql_.calls().size(), before) << "nor changes anybody's password";
}

TEST_F(FinishLoadTest, AHandOverThatHasBegunIsEndedAndNothingElse) {
  options_.hand_over_has_begun = true;
  int ran = 0;
  options_.beside = [&](const Context&, const Cluster& reader) -> Status {
    EXPECT_EQ(reader.admin(), "postgres");
    ++ran;
    return {};
  };
  ASSERT_TRUE(Finish());
  EXPECT_EQ(ran, 1);
  EXPECT_TRUE(Sql({"VALIDATE", "ANALYZE", "PASSWORD"}).empty());
  EXPECT_EQ(databases_.world().databases.at("side").objects, "odoo");
}

}  // namespace
}  // namespace reprise::postgres
