// The step that masks a copy and runs the project's own SQL on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore/testing/step_test.hpp"

namespace reprise::restore {
namespace {

using domain::MaskPreset;
using postgres::testing::FakePsql;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::StepTest;

class MakeSafeStepTest : public StepTest {
 protected:
  MakeSafeStepTest() {
    house_.trio.shop.type = domain::EnvironmentType::kStaging;
    house_.restore.request.mode = domain::RestoreMode::kExisting;
    house_.restore.request.safe_copy.mask = {MaskPreset::kPartners, MaskPreset::kAttachments};
    house_.restore.request.safe_copy.extra_sql = "UPDATE x SET y = 1; DELETE FROM z;";
    house_.trio.programs.On("SELECT value FROM public.ir_config_parameter WHERE key = 'reprise.m",
                            FakePsql::Rows({{std::string(testing::RestoreHouse::kRestoreId) +
                                             R"( [{"rule":"partners","tables":"res_partner",)"
                                             R"("columns":"name","touched":7}])"}}));
    house_.trio.programs.On("reprise.touched", FakePsql::Rows({{"3,0,"}}));
  }
  [[nodiscard]] const FakePsql::Call& CallWith(std::string_view part) {
    calls_ = house_.trio.programs.calls();
    for (const FakePsql::Call& call : calls_) {
      if (call.sql.find(part) != std::string::npos) return call;
    }
    ADD_FAILURE() << "nobody asked for " << part;
    return calls_.front();
  }
  std::vector<FakePsql::Call> calls_;
};

TEST_F(MakeSafeStepTest, WorksAsTheLoadersRoleAndShutsItOutAgain) {
  OpenAt("make_safe");
  const Status ran = house_.Run("make_safe");
  ASSERT_TRUE(ran) << ran.error().Sentence();
  EXPECT_EQ(CallWith("reprise.touched").spec.environment.at("PGUSER"), "reprise_r1a2b3c4d_1");
  EXPECT_EQ(CallWith("information_schema.columns c").spec.environment.at("PGUSER"),
            "reprise_r1a2b3c4d_1");
  EXPECT_FALSE(house_.trio.databases.world().roles.at("reprise_r1a2b3c4d_1").login);
  EXPECT_EQ(Side().objects, "odoo");
  EXPECT_EQ(Side().owner, "reprise_r1a2b3c4d_1") << "an Odoo without db_name would run crons on it";
  EXPECT_THAT(house_.trio.Helpers(), IsEmpty());
  EXPECT_EQ(house_.Live(), "live");
}

TEST_F(MakeSafeStepTest, FilesThatNoAttachmentNamesAnyMoreGoFromTheCopyAndOnlyFromIt) {
  OpenAt("make_safe");
  const auto live = house_.FilesOf("shop-db");
  ASSERT_THAT(house_.FilesOf("shop-db__r1a2b3c4d_files"), ::testing::SizeIs(2));
  ASSERT_TRUE(house_.Run("make_safe"));
  EXPECT_THAT(house_.FilesOf("shop-db__r1a2b3c4d_files"), IsEmpty());
  EXPECT_EQ(house_.FilesOf("shop-db"), live) << "the same file, by another link";
}

TEST_F(MakeSafeStepTest, TheProofTellsWhatWasChanged) {
  OpenAt("make_safe");
  ASSERT_TRUE(house_.RunTo("prove"));
  EXPECT_THAT(
      house_.Row().proof_json,
      AllOf(HasSubstr(R"("rule":"partners","table":"res_partner")"), HasSubstr(R"("rows":7)"),
            HasSubstr(R"("extra_sql_rows":[3,0])"), HasSubstr(R"("files_removed":2)")));
}

TEST_F(MakeSafeStepTest, AnErrorInTheProjectsSqlEndsItWithTheStatementAndNobodyLoggedIn) {
  house_.trio.programs.On(
      "reprise.touched",
      {.exit_code = 3, .error = "ERROR:  statement 2 (DELETE FROM z;) failed: no\n"});
  OpenAt("make_safe");
  const Error error = FailureOf("make_safe");
  EXPECT_EQ(error.code, ErrorCode::kDatabaseFailed);
  EXPECT_THAT(error.message, HasSubstr("statement 2 (DELETE FROM z;) failed"));
  EXPECT_FALSE(house_.trio.databases.world().roles.at("reprise_r1a2b3c4d_1").login);
  house_.begun.insert("make_safe");
  ASSERT_TRUE(house_.UndoAll());
  EXPECT_EQ(house_.Look(), house_.before);
}

TEST_F(MakeSafeStepTest, WhatRanIsNotRunAgainAfterACrash) {
  OpenAt("make_safe");
  house_.trio.programs.On("SELECT value FROM public.ir_config_parameter WHERE key = 'reprise.extra",
                          FakePsql::Rows({{testing::RestoreHouse::kRestoreId}}));
  ASSERT_TRUE(house_.Run("make_safe"));
  for (const std::string& sql : house_.trio.programs.Sql()) {
    EXPECT_EQ(sql.find("DELETE FROM z"), std::string::npos);
  }
}

TEST_F(MakeSafeStepTest, FromOdoo16OnOdooNeutralizesFirstAndOnce) {
  house_.trio.shop.odoo_version = "17.0";
  house_.backup.snapshot.odoo_version = "17.0";
  house_.manifest.odoo_version = "17.0";
  house_.trio.programs.OnProgram("odoo", {"Odoo Server 17.0\n"});
  house_.trio.programs.On("database.is_neutralized", FakePsql::Rows({{"true"}}));
  OpenAt("make_safe");
  ASSERT_TRUE(house_.RunTo("prove"));
  int neutralized = 0;
  for (const auto& spec : house_.trio.engine.created()) {
    if (!spec.command.empty() && spec.command.front() == "neutralize") ++neutralized;
  }
  EXPECT_EQ(neutralized, 1);
}

TEST_F(MakeSafeStepTest, IsNoStepOfARestoreThatAsksForNothing) {
  house_.restore.request.safe_copy = {};
  Open();
  for (const auto& step : house_.workflow->steps()) EXPECT_NE(step->name(), "make_safe");
}

}  // namespace
}  // namespace reprise::restore
