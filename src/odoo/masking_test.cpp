#include "odoo/masking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "odoo/testing/fake_trio.hpp"

namespace reprise::odoo {
namespace {

using domain::MaskHow;
using domain::MaskPreset;
using postgres::testing::FakePsql;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FakeTrio;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kNoted =
    R"(r1 [{"rule":"partners","tables":"res_partner","columns":"name","touched":7}])";

class MaskingTest : public ::testing::Test {
 protected:
  MaskingTest() {
    trio_.databases.Add("side", {.content = "backup"});
    Columns({{"res_partner", "name", "character varying", "YES", ""},
             {"res_partner", "email", "character varying", "YES", "64"},
             {"res_partner", "comment", "text", "NO", ""},
             {"res_users", "login", "character varying", "NO", ""},
             {"res_users_apikeys", "id", "integer", "NO", ""},
             {"ir_attachment", "name", "character varying", "NO", ""},
             {"ir_attachment", "checksum", "character varying", "YES", "40"},
             {"x_pets", "x_name", "jsonb", "YES", ""}});
  }
  void Columns(const std::vector<std::vector<std::string>>& columns) {
    trio_.programs.On("information_schema.columns", FakePsql::Rows(columns));
  }
  Result<MaskReport> Masked(const domain::SafeCopySettings& settings) {
    // Noted once the script has run, as the database would.
    trio_.programs.On("SELECT value FROM public.ir_config_parameter",
                      [this](const FakePsql::Call&) {
                        return Script().empty() ? FakePsql::Answer{} : FakePsql::Rows({{kNoted}});
                      });
    return Mask(Context(), cluster_, "side", settings, "r1");
  }
  // What changed the database; empty when nothing did.
  std::string Script() {
    for (const std::string& sql : trio_.programs.Sql()) {
      if (sql.find("CREATE TEMP TABLE") != std::string::npos) return sql;
    }
    return {};
  }

  FakeTrio trio_;
  postgres::Cluster cluster_{trio_.engine, "shop_db", "postgres"};
};

TEST_F(MaskingTest, ChangesTheColumnsThatAreThereInOneTransaction) {
  const auto report = Masked({.mask = {MaskPreset::kPartners}});
  ASSERT_TRUE(report) << report.error().Sentence();
  EXPECT_THAT(report->changes, ElementsAre(MaskChange{"partners", "res_partner", "name", 7}));
  EXPECT_THAT(Script(), AllOf(HasSubstr("UPDATE public.\"res_partner\" SET \"name\" ="),
                              HasSubstr("\"comment\" = ''"), Not(HasSubstr("street")),
                              Not(HasSubstr("crm_lead")), Not(HasSubstr("res_users\" SET"))));
  EXPECT_TRUE(Script().starts_with("BEGIN;"));
  EXPECT_TRUE(Script().ends_with("COMMIT;\n"));
}

TEST_F(MaskingTest, AFakeFitsIntoItsColumn) {
  ASSERT_TRUE(Masked({.mask = {MaskPreset::kPartners}}));
  EXPECT_THAT(Script(), HasSubstr("@masked.invalid', 64)"));
}

TEST_F(MaskingTest, TheSaltIsAnotherEachTime) {
  const auto salt = [this] {
    for (auto sql = trio_.programs.Sql(); !sql.empty(); sql.pop_back()) {
      const std::size_t at = sql.back().find("SET LOCAL reprise.salt = '");
      if (at != std::string::npos) return sql.back().substr(at, 58);
    }
    return std::string();
  };
  ASSERT_TRUE(Masked({.mask = {MaskPreset::kUsers}}));
  const std::string first = salt();
  trio_.programs.On("SELECT value FROM public.ir_config_parameter", FakePsql::Rows({{"r0 []"}}));
  static_cast<void>(Mask(Context(), cluster_, "side", {.mask = {MaskPreset::kUsers}}, "r1"));
  EXPECT_EQ(first.size(), 58U);
  EXPECT_NE(salt(), first);
}

TEST_F(MaskingTest, UsersLoseTheirWaysInAndTheirPartnersTheirNames) {
  ASSERT_TRUE(Masked({.mask = {MaskPreset::kUsers}}));
  EXPECT_THAT(Script(), AllOf(HasSubstr("DELETE FROM public.\"res_users_apikeys\""),
                              HasSubstr("AND id IN (SELECT partner_id FROM public.res_users")));
}

TEST_F(MaskingTest, WhatAProjectSaysOfAColumnCountsMoreThanAPreset) {
  ASSERT_TRUE(Masked({.mask = {MaskPreset::kPartners},
                      .rules = {{"res_partner", "email", MaskHow::kBlank},
                                {"x_pets", "x_name", MaskHow::kName}}}));
  EXPECT_THAT(Script(), AllOf(HasSubstr("SET \"email\" = NULL"), Not(HasSubstr("masked.invalid")),
                              HasSubstr("jsonb_build_object('en_US'")));
}

TEST_F(MaskingTest, ARuleForWhatIsNotThereIsTold) {
  const auto report = Masked({.rules = {{"x_pets", "x_owner", MaskHow::kBlank}}});
  ASSERT_TRUE(report);
  EXPECT_THAT(report->not_there, ElementsAre("x_pets.x_owner"));
}

TEST_F(MaskingTest, AttachmentsGetAPlaceholderThatOdooKnowsByItsHash) {
  ASSERT_TRUE(Masked({.mask = {MaskPreset::kAttachments}}));
  EXPECT_THAT(
      Script(),
      AllOf(HasSubstr("store_fname = NULL"), HasSubstr("'ir.ui.view'"),
            HasSubstr(HashOf(HashKind::kSha1, "This file was masked when the copy was made.\n"))));
}

TEST_F(MaskingTest, WhatIsDoneIsNotDoneAgain) {
  trio_.programs.On("SELECT value FROM public.ir_config_parameter", FakePsql::Rows({{kNoted}}));
  const auto report = Mask(Context(), cluster_, "side", {.mask = {MaskPreset::kPartners}}, "r1");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->changes.size(), 1U);
  EXPECT_EQ(Script(), "");
}

TEST_F(MaskingTest, ANoteOfAnotherRestoreThatTheBackupBroughtDoesNotCount) {
  trio_.programs.On("SELECT value FROM public.ir_config_parameter", FakePsql::Rows({{"r0 []"}}));
  const auto report = Mask(Context(), cluster_, "side", {.mask = {MaskPreset::kPartners}}, "r1");
  EXPECT_FALSE(report) << "nothing noted it";
  EXPECT_NE(Script(), "");
}

}  // namespace
}  // namespace reprise::odoo
