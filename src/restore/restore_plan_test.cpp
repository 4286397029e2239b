#include "restore/restore_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore/testing/restore_house.hpp"

namespace reprise::restore {
namespace {

using postgres::testing::FakePsql;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RestoreHouse;

// A shop that runs, a backup of it, and a planner that looks at both.
class RestorePlanTest : public ::testing::Test {
 protected:
  RestorePlan Plan() {
    if (!opened_) house_.Open();
    opened_ = true;
    auto plan = Planner().Plan(Context(), request_);
    EXPECT_TRUE(plan) << plan.error().Sentence();
    return plan ? *std::move(plan) : RestorePlan{};
  }
  [[nodiscard]] RestorePlanner Planner() {
    return RestorePlanner({.restores = house_.restores,
                           .backups = house_.backups,
                           .environments = house_.environments,
                           .tenancy = house_.tenancy,
                           .journal = house_.journal,
                           .store = house_.store,
                           .engines = house_.trio.engines,
                           .images = house_.images,
                           .clock = house_.clock,
                           .installation = "here",
                           .space = house_.space});
  }
  static Check Named(const RestorePlan& plan, std::string_view name) {
    for (const Check& check : plan.checks) {
      if (check.name == name) return check;
    }
    ADD_FAILURE() << "there is no check " << name;
    return {};
  }

  RestoreHouse house_;
  domain::RestoreRequest request_{.backup_id = {"b1"}};
  bool opened_ = false;
};

TEST_F(RestorePlanTest, AllThatIsWellIsOkAndNothingIsChanged) {
  house_.manifest.snapshot_at = "2024-12-11 11:00:00.5";
  const RestorePlan plan = Plan();
  EXPECT_EQ(plan.result, CheckResult::kOk) << plan.sentence;
  for (const Check& check : plan.checks) {
    EXPECT_EQ(check.result, CheckResult::kOk) << check.name << ": " << check.sentence;
  }
  for (const char* name : {"permission", "backup", "target", "free", "containers", "odoo_version",
                           "modules", "postgres_version", "extensions", "collation", "space",
                           "strategy", "safety_backup", "safe_copy", "time", "losses"}) {
    EXPECT_FALSE(Named(plan, name).sentence.empty()) << name;
  }
  EXPECT_EQ(house_.Look(), house_.before);
}

TEST_F(RestorePlanTest, AStoppedOdooIsLookedIntoByAHelperThatTheJanitorWouldLeaveAMoment) {
  house_.Open();
  opened_ = true;
  ASSERT_TRUE(house_.trio.engine.Stop(Context(), "shop_odoo", std::chrono::seconds(1)));
  EXPECT_EQ(Named(Plan(), "odoo_version").result, CheckResult::kOk);
  EXPECT_THAT(house_.trio.Helpers(), IsEmpty());
  EXPECT_THAT(house_.trio.engine.calls(), Contains(HasSubstr("create reprise_plan_")));
}

TEST_F(RestorePlanTest, MissingModulesAreNamedWithTheFoldersLookedIn) {
  house_.backup.snapshot.modules = {{"base", "14.0.1"}, {"shop_theme", "1"}, {"sale", "1"}};
  const Check check = Named(Plan(), "modules");
  EXPECT_EQ(check.result, CheckResult::kBlocked);
  EXPECT_EQ(check.code, ErrorCode::kIncompatible);
  EXPECT_THAT(check.sentence, AllOf(HasSubstr("1 of 3"), HasSubstr("shop_theme"),
                                    HasSubstr("/usr/lib/odoo/addons"), Not(HasSubstr("sale"))));
  EXPECT_FALSE(check.fix.empty());
}

TEST_F(RestorePlanTest, WhatTheLiveDatabaseLacksAsWellIsOnlyWarnedOf) {
  house_.backup.snapshot.modules = {{"shop_theme", "1"}};
  house_.trio.programs.On("FROM ONLY public.ir_module_module", FakePsql::Rows({{"shop_theme"}}));
  EXPECT_EQ(Named(Plan(), "modules").result, CheckResult::kWarning);
}

TEST_F(RestorePlanTest, TheRestoreRefusesWhatThePlanBlocksInTheSameWords) {
  house_.backup.snapshot.modules = {{"shop_theme", "1"}};
  const Check check = Named(Plan(), "modules");
  house_.Claim();
  const Status ran = house_.Run("validate");
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message, check.sentence);
  EXPECT_EQ(ran.error().hint, check.fix);
}

TEST_F(RestorePlanTest, AnOlderServerIsWarnedOfAndAMissingExtensionBlocks) {
  house_.manifest.postgres_version = "15.4";
  house_.manifest.extensions = {"plpgsql", "unaccent", "vector"};
  house_.trio.programs.On("pg_available_extensions", FakePsql::Rows({{"unaccent"}, {"pg_trgm"}}));
  const RestorePlan plan = Plan();
  EXPECT_THAT(Named(plan, "postgres_version").sentence, AllOf(HasSubstr("15"), HasSubstr("13")));
  EXPECT_EQ(Named(plan, "postgres_version").result, CheckResult::kWarning);
  const Check extensions = Named(plan, "extensions");
  EXPECT_EQ(extensions.result, CheckResult::kBlocked);
  EXPECT_THAT(extensions.sentence, HasSubstr("\"vector\""));
  EXPECT_THAT(extensions.fix, HasSubstr("pgvector"));
}

TEST_F(RestorePlanTest, WithoutRoomItIsRefusedWithNumbersBeforeItIsQueued) {
  house_.manifest.database_bytes = 50'000'000'000;
  const Check space = Named(Plan(), "space");
  EXPECT_EQ(space.result, CheckResult::kBlocked);
  EXPECT_EQ(space.details.at("volumes").at(0).at("needed_bytes").to_number<std::uint64_t>(),
            55'064'000'000U);
  Order order{.request = request_, .backup = house_.backup, .target = house_.trio.shop};
  const Status room = Planner().CheckRoom(Context(), order);
  ASSERT_FALSE(room);
  EXPECT_EQ(room.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(room.error().message, space.sentence);
}

TEST_F(RestorePlanTest, WhatRunningTasksHaveReservedIsSubtractedAndSaid) {
  house_.manifest.database_bytes = 20'000'000'000;
  const domain::Task other =
      house_.journal
          .Submit({.kind = domain::TaskKind::kRestore, .project_id = house_.backup.project_id})
          .value();
  const auto reserve = [&](ByteCount bytes) {
    return house_.space.Reserve({other.id, std::nullopt, "the restore of \"old\" into \"lab\""},
                                house_.trio.shop.server_id, {{"database", "101 101", bytes}},
                                [](const auto&) { return Status(); });
  };
  ASSERT_TRUE(reserve(3'100'000'000));
  Check space = Named(Plan(), "space");
  EXPECT_EQ(space.result, CheckResult::kOk);
  EXPECT_THAT(space.sentence, HasSubstr("3.1 GB are reserved by the restore of \"old\""));
  EXPECT_EQ(space.details.at("volumes").at(0).at("reserved_bytes").to_number<std::uint64_t>(),
            3'100'000'000U);
  ASSERT_TRUE(reserve(30'000'000'000));
  space = Named(Plan(), "space");
  EXPECT_EQ(space.result, CheckResult::kBlocked);
  EXPECT_THAT(space.sentence, HasSubstr("30.0 GB of them are reserved by the restore of \"old\""));
  EXPECT_EQ(house_.space.Count().value(), 1) << "a plan reserves nothing";
}

TEST_F(RestorePlanTest, WhatIsNewerThanTheBackupIsCountedModelByModel) {
  house_.manifest.snapshot_at = "2024-12-11 11:00:00.5";
  house_.trio.programs.On("pg_catalog.pg_attribute",
                          FakePsql::Rows({{"sale_order", "id"},
                                          {"sale_order", "create_date"},
                                          {"sale_order", "write_date"},
                                          {"sale_order", "name"},
                                          {"mail_message", "create_date"},
                                          {"res_partner", "name"}}));
  house_.trio.programs.On(
      "'sale.order'",
      FakePsql::Rows({{"sale.order", "3", "2", "812", "2024-12-11 12:00:00", "S00812"}}));
  house_.trio.programs.On(
      "'mail.message'",
      {.exit_code = 3, .error = "ERROR:  canceling statement due to statement timeout\n"});
  const RestorePlan plan = Plan();
  ASSERT_EQ(plan.losses.models.size(), 2U) << "a table without create_date says nothing";
  EXPECT_EQ(plan.losses.created(), 3);
  EXPECT_EQ(plan.losses.changed(), 2);
  EXPECT_EQ(plan.losses.models[0].last_name, "S00812");
  EXPECT_FALSE(plan.losses.complete());
  EXPECT_FALSE(plan.losses.models[1].created);
  EXPECT_THAT(plan.sentence, HasSubstr("3 sales orders"));
  for (const std::string& sql : house_.trio.programs.Sql()) {
    if (sql.find("'sale.order'") == std::string::npos) continue;
    EXPECT_THAT(sql, AllOf(HasSubstr("BEGIN READ ONLY"), HasSubstr("statement_timeout"),
                           HasSubstr("2024-12-11 11:00:00.5")));
  }
}

TEST_F(RestorePlanTest, IntoAnotherEnvironmentAllOfItIsReplaced) {
  request_.mode = domain::RestoreMode::kExisting;
  request_.environment_id = {"e1"};
  house_.backup.environment_id = {};  // imported
  EXPECT_EQ(Plan().losses.basis, Losses::Basis::kEverything);
}

TEST_F(RestorePlanTest, ANewEnvironmentLosesNothingAndNamesTheImagesThatMustBePulled) {
  request_.mode = domain::RestoreMode::kNew;
  request_.new_environment.name = "copy";
  house_.images.pgbouncer = "pgbouncer:missing";
  const RestorePlan plan = Plan();
  EXPECT_EQ(plan.losses.basis, Losses::Basis::kNothing);
  EXPECT_TRUE(plan.safe_copy.neutralize);
  const Check images = Named(plan, "images");
  EXPECT_EQ(images.result, CheckResult::kWarning);
  EXPECT_THAT(images.sentence, HasSubstr("pgbouncer:missing"));
  EXPECT_EQ(Named(plan, "space").result, CheckResult::kOk) << "its server does not tell";
  house_.trio.engines.SetLoad(house_.trio.shop.server_id,
                              {.disk_bytes = 1'000'000'000, .disk_free_bytes = 100'000'000});
  EXPECT_EQ(Named(Plan(), "space").code, ErrorCode::kNoSpace) << "the engine's disk is too small";
}

TEST_F(RestorePlanTest, ABackupThatIsGoneIsBlockedAndNothingMoreIsLookedAt) {
  house_.Open();
  opened_ = true;
  ASSERT_TRUE(house_.store.Delete(Context(), house_.backup.storage_key));
  const RestorePlan plan = Plan();
  EXPECT_EQ(plan.result, CheckResult::kBlocked);
  EXPECT_EQ(Named(plan, "backup").code, ErrorCode::kBackupNotAvailable);
  EXPECT_THAT(plan.sentence, HasSubstr("gone from storage"));
}

}  // namespace
}  // namespace reprise::restore
