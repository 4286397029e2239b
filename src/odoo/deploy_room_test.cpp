#include "odoo/deploy_room.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/quota_store.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "docker/fake_engine.hpp"
#include "docker/fixed_engines.hpp"
#include "odoo/environment_service.hpp"
#include "odoo/trio_workflows.hpp"
#include "postgres/testing/fake_psql.hpp"

namespace reprise::odoo {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// A step's way to a journal that it does not need.
class NoStepRun final : public jobs::StepRun {
 public:
  void Progress(double, std::string) override {}
  void Log(std::string) override {}
  void Warn(std::string) override {}
  Status Save(std::string_view, boost::json::value) override { return {}; }
  [[nodiscard]] std::optional<boost::json::value> Saved(std::string_view) const override {
    return std::nullopt;
  }
  Status CheckOwner() override { return {}; }
  [[nodiscard]] std::int64_t epoch() const override { return 1; }
};

// A server on whose disk 4 GB are free.
class DeployRoomTest : public ::testing::Test {
 protected:
  DeployRoomTest() { SetFree(4'000'000'000); }
  void SetFree(ByteCount bytes) {
    engines_.SetLoad(
        catalog_.server(),
        {.disk_device = "2049", .disk_bytes = 100'000'000'000, .disk_free_bytes = bytes});
  }
  void Have(const std::vector<std::string>& images) {
    for (const std::string& image : images) engine_.AddImage({.tags = {image}});
  }
  Result<EnvironmentService::Deployment> Deploy(const std::string& name = "lab") {
    DeployOrder order;
    order.name = name;
    order.odoo_version = "17";
    return service_.Deploy(Context(), order);
  }
  [[nodiscard]] ByteCount Held() {
    return catalog::SumOf(space_.OnServer(catalog_.server()).value());
  }

  ManualClock clock_{FromMicros(1'700'000'000'000'000)};
  catalog::testing::TemporaryCatalog catalog_;
  catalog::EnvironmentStore environments_{catalog_.database(), clock_};
  catalog::TenancyStore tenancy_{catalog_.database()};
  catalog::SpaceStore space_{catalog_.database(), clock_};
  jobs::Journal journal_{catalog_.database(), clock_};
  docker::FakeEngine engine_;
  docker::FixedEngines engines_{engine_};
  postgres::testing::FakePsql programs_{engine_};
  EnvironmentService service_{{.environments = environments_,
                               .tenancy = tenancy_,
                               .journal = journal_,
                               .engines = engines_,
                               .images = {"odoo:{major}", "postgres:{major}", "pgbouncer:1"},
                               .clock = clock_,
                               .space = &space_}};
  const TrioWorkflowParts parts_{
      .environments = environments_, .engines = engines_, .installation = "here", .space = &space_};
};

TEST_F(DeployRoomTest, AnEnvironmentWhoseImagesAreThereNeedsRoomForItselfOnly) {
  Have({"odoo:17", "postgres:13", "pgbouncer:1"});
  const auto deployed = Deploy();
  ASSERT_TRUE(deployed) << deployed.error().Sentence();
  ASSERT_EQ(Held(), kEmptyEnvironmentBytes);
  EXPECT_EQ(space_.OnServer(catalog_.server())->front().task, deployed->task.id);
}

TEST_F(DeployRoomTest, ImagesThatAreMissingNeedRoomUntilTheyArePulled) {
  Have({"postgres:13"});
  ASSERT_TRUE(Deploy());
  EXPECT_THAT(engine_.calls(), Contains("pull odoo:17"));
  EXPECT_EQ(Held(), kEmptyEnvironmentBytes);
  const FoundImages found{{"odoo:18", "postgres:13", "pgbouncer:1"}, {"odoo:18", "pgbouncer:1"}};
  EXPECT_EQ(BytesToPull(found), kOdooImageBytes + kPgBouncerImageBytes);
}

TEST_F(DeployRoomTest, ImagesThatDoNotFitAreNotPulledAndNothingIsKept) {
  SetFree(3'000'000'000);
  const auto refused = Deploy();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(refused.error().message,
              HasSubstr("not enough space on the disk of the server: 3.0 GB are free, an empty "
                        "environment and the images that have to be pulled need about 3.9 GB"));
  EXPECT_THAT(refused.error().hint, HasSubstr("another server"));
  EXPECT_THAT(engine_.calls(), Not(Contains(HasSubstr("pull"))));
  EXPECT_EQ(environments_.List({}, {}).value().total, 0);
  EXPECT_EQ(space_.Count().value(), 0);
}

TEST_F(DeployRoomTest, ASecondEnvironmentThatDoesNotFitBesideTheFirstIsRefused) {
  Have({"odoo:17", "postgres:13", "pgbouncer:1"});
  SetFree(2 * kEmptyEnvironmentBytes - 1);
  const auto first = Deploy();
  ASSERT_TRUE(first);
  const auto second = Deploy("second");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kNoSpace);
  EXPECT_THAT(second.error().message, HasSubstr("0.5 GB of them are reserved by environments that "
                                                "are being made (task " +
                                                first->task.id.value));
  EXPECT_EQ(Held(), kEmptyEnvironmentBytes);
}

TEST_F(DeployRoomTest, WhatCannotBePulledOrQueuedKeepsNothing) {
  engine_.FailNext("pull odoo:17", Error{ErrorCode::kContainerFailed, "no route"});
  EXPECT_FALSE(Deploy());
  EXPECT_EQ(space_.Count().value(), 0);
  const auto project = tenancy_.GetProject(catalog_.project()).value();
  ASSERT_TRUE(catalog::QuotaStore(catalog_.database(), clock_)
                  .Put(project.organization_id, {.environments = 0}));
  EXPECT_EQ(Deploy().error().code, ErrorCode::kQuotaExceeded);
  EXPECT_EQ(space_.Count().value(), 0);
}

TEST_F(DeployRoomTest, AServerThatDoesNotTellItsRoomIsLetPass) {
  engines_.SetLoad(catalog_.server(), {});
  Have({"odoo:17", "postgres:13", "pgbouncer:1"});
  ASSERT_TRUE(Deploy());
  EXPECT_EQ(Held(), 0U);
}

TEST_F(DeployRoomTest, TheTaskKeepsItsRoomUnderItsClaimToTheEnd) {
  Have({"odoo:17", "postgres:13", "pgbouncer:1"});
  const auto deployed = Deploy("the lab");
  ASSERT_TRUE(deployed);
  const auto claim = journal_.ClaimNext("w", std::chrono::seconds(30)).value();
  const auto workflow = MakeDeployWorkflow(parts_, claim->task).value();
  NoStepRun run;
  const Status made = workflow->steps().front()->Run(Context(), run);
  ASSERT_TRUE(made) << made.error().Sentence();
  ASSERT_EQ(Held(), kEmptyEnvironmentBytes);
  EXPECT_EQ(space_.OnServer(catalog_.server())->front().purpose, "the deployment of \"the lab\"");
  ASSERT_TRUE(workflow->Ended(Context(), std::nullopt));
  EXPECT_EQ(space_.Count().value(), 0);
}

TEST_F(DeployRoomTest, ATaskWhoseRoomIsGoneByThenMakesNothing) {
  Have({"odoo:17", "postgres:13", "pgbouncer:1"});
  ASSERT_TRUE(Deploy());
  SetFree(1'000'000);
  const auto claim = journal_.ClaimNext("w", std::chrono::seconds(30)).value();
  const auto workflow = MakeDeployWorkflow(parts_, claim->task).value();
  NoStepRun run;
  EXPECT_EQ(workflow->steps().front()->Run(Context(), run).error().code, ErrorCode::kNoSpace);
  EXPECT_TRUE(engine_.List(Context(), {})->empty());
}

}  // namespace
}  // namespace reprise::odoo
