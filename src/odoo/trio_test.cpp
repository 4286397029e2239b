#include "odoo/trio.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docker/fake_engine.hpp"
#include "odoo/labels.hpp"
#include "postgres/testing/fake_psql.hpp"

namespace reprise::odoo {
namespace {

using postgres::testing::FakePsql;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class TrioTest : public ::testing::Test {
 protected:
  void Have(const std::vector<std::string>& images) {
    for (const std::string& image : images) engine_.AddImage({.tags = {image}});
  }
  Result<domain::EnvironmentImages> Choose(const domain::EnvironmentImages& wanted,
                                           const std::string& odoo, const std::string& postgres) {
    return ChooseImages(Context(), engine_, patterns_, wanted, odoo, postgres);
  }

  docker::FakeEngine engine_;
  FakePsql programs_{engine_};
  ImagePatterns patterns_{"odoo:{major}", "postgres:{major}", "pgbouncer:1"};
};

TEST_F(TrioTest, ImagesThatAreWantedAndThereAreTaken) {
  Have({"my/odoo:14", "my/postgres:13", "my/pgbouncer", "odoo:14", "postgres:13", "pgbouncer:1"});
  const auto images = Choose({"my/odoo:14", "my/postgres:13", "my/pgbouncer"}, "14.0", "13.23");
  ASSERT_TRUE(images);
  EXPECT_EQ(images->odoo, "my/odoo:14");
  EXPECT_EQ(images->db, "my/postgres:13");
  EXPECT_EQ(images->pgbouncer, "my/pgbouncer");
}

TEST_F(TrioTest, ImagesThatAreGoneAreReplacedByPattern) {
  Have({"odoo:14", "postgres:13", "pgbouncer:1"});
  const auto images = Choose({"my/odoo:14", "my/postgres:13", "my/pgbouncer"}, "14.0", "13.23");
  ASSERT_TRUE(images);
  EXPECT_EQ(images->odoo, "odoo:14");
  EXPECT_EQ(images->db, "postgres:13");
  EXPECT_EQ(images->pgbouncer, "pgbouncer:1");
  EXPECT_THAT(engine_.calls(), Not(Contains(HasSubstr("pull"))));
}

TEST_F(TrioTest, WhatIsMissingIsPulled) {
  const auto images = Choose({}, "17.0", "15.2");
  ASSERT_TRUE(images);
  EXPECT_THAT(engine_.calls(), Contains("pull odoo:17"));
  EXPECT_THAT(engine_.calls(), Contains("pull postgres:15"));
  EXPECT_THAT(engine_.calls(), Contains("pull pgbouncer:1"));
}

TEST_F(TrioTest, ANewerPostgresThatIsThereWillDoButNeverAnOlderOne) {
  Have({"odoo:14", "pgbouncer:1", "postgres:12", "postgres:16"});
  EXPECT_EQ(Choose({}, "14.0", "13.23")->db, "postgres:16");
  EXPECT_EQ(Choose({}, "14.0", "17.1")->db, "postgres:17");
}

TEST_F(TrioTest, AnImageThatCannotBeHadIsToldWithTheEnginesWords) {
  engine_.FailNext("pull odoo:14", Error{ErrorCode::kContainerFailed, "no route to the registry"});
  const auto images = Choose({}, "14.0", "13.23");
  ASSERT_FALSE(images);
  EXPECT_EQ(images.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(images.error().message, HasSubstr("odoo:14"));
  EXPECT_THAT(images.error().message, HasSubstr("no route to the registry"));
}

TEST_F(TrioTest, AnEngineThatDoesNotAnswerIsNotTakenForAMissingImage) {
  engine_.FailNext("inspect image", Error{ErrorCode::kEngineUnavailable, "no answer"});
  EXPECT_EQ(Choose({}, "14.0", "13.23").error().code, ErrorCode::kEngineUnavailable);
  EXPECT_THAT(engine_.calls(), Not(Contains(HasSubstr("pull"))));
}

TEST_F(TrioTest, WithoutAVersionThereIsNoOdooToChoose) {
  EXPECT_EQ(Choose({}, "", "13.23").error().code, ErrorCode::kIncompatible);
  Have({"my/odoo"});
  EXPECT_EQ(Choose({.odoo = "my/odoo"}, "", "")->odoo, "my/odoo");
}

domain::Environment Planned() {
  domain::Environment environment;
  environment.id = {"e1"};
  environment.name = "shop";
  environment.db_name = "shop";
  environment.images = {"odoo:14", "postgres:13", "pgbouncer:1"};
  return environment;
}

TEST_F(TrioTest, IsMadeWithOdooTiedToItsDatabaseAndNotYetStarted) {
  Have({"odoo:14", "postgres:13", "pgbouncer:1"});
  const auto made =
      CreateTrio(Context(), engine_, "here", Planned(), [](double, const std::string&) {});
  ASSERT_TRUE(made) << made.error().Sentence();
  EXPECT_EQ(made->containers.odoo, "e1_odoo");
  EXPECT_TRUE(engine_.Inspect(Context(), "e1_db")->state.running);
  EXPECT_TRUE(engine_.Inspect(Context(), "e1_pgbouncer")->state.running);
  const auto odoo = engine_.Inspect(Context(), "e1_odoo").value();
  EXPECT_FALSE(odoo.state.running);
  EXPECT_THAT(odoo.command, Contains("--database=shop"));
  EXPECT_THAT(odoo.command, Contains("--db-filter=^shop$"));
  EXPECT_EQ(odoo.labels.at(kEnvironmentLabel), "e1");
  EXPECT_THAT(made->url, HasSubstr("http://127.0.0.1:"));
  ASSERT_EQ(programs_.Sql().size(), 1U);
  EXPECT_THAT(programs_.Sql().front(), HasSubstr("CREATE ROLE \"odoo\" LOGIN CREATEDB PASSWORD"));
  EXPECT_THAT(programs_.Sql().front(), Not(HasSubstr("SUPERUSER")));
}

TEST_F(TrioTest, RemovalTakesAllThatCarriesItsLabelAndNothingElse) {
  Have({"odoo:14", "postgres:13", "pgbouncer:1"});
  const auto progress = [](double, const std::string&) {};
  domain::Environment other = Planned();
  other.id = {"e2"};
  ASSERT_TRUE(CreateTrio(Context(), engine_, "here", Planned(), progress));
  ASSERT_TRUE(CreateTrio(Context(), engine_, "here", other, progress));
  ASSERT_TRUE(RemoveTrio(Context(), engine_, {"e1"}));
  const docker::Labels labels{{kEnvironmentLabel, "e1"}};
  EXPECT_THAT(engine_.List(Context(), labels).value(), IsEmpty());
  EXPECT_THAT(engine_.ListVolumes(Context(), labels).value(), IsEmpty());
  EXPECT_THAT(engine_.ListNetworks(Context(), labels).value(), IsEmpty());
  EXPECT_EQ(engine_.List(Context(), {{kEnvironmentLabel, "e2"}})->size(), 3U);
  EXPECT_TRUE(RemoveTrio(Context(), engine_, {"e1"})) << "again, when nothing is left";
}

TEST_F(TrioTest, IsMadeAnewOverWhatAnAttemptLeft) {
  Have({"odoo:14", "postgres:13", "pgbouncer:1"});
  const auto progress = [](double, const std::string&) {};
  ASSERT_TRUE(CreateTrio(Context(), engine_, "here", Planned(), progress));
  const auto again = CreateTrio(Context(), engine_, "here", Planned(), progress);
  ASSERT_TRUE(again) << again.error().Sentence();
  EXPECT_EQ(engine_.List(Context(), {{kEnvironmentLabel, "e1"}})->size(), 3U);
}

}  // namespace
}  // namespace reprise::odoo
