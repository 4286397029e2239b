#include "odoo/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docker/fake_engine.hpp"
#include "postgres/testing/fake_psql.hpp"

namespace reprise::odoo {
namespace {

using postgres::testing::FakePsql;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class HealthTest : public ::testing::Test {
 protected:
  void Start(bool with_health_check, const std::string& shell = "") {
    engine_.AddImage({.tags = {"odoo:14"}});
    docker::ContainerSpec spec;
    spec.name = "shop_odoo";
    spec.image = "odoo:14";
    if (with_health_check) spec.health = docker::HealthCheck{.shell = shell};
    ASSERT_TRUE(engine_.Create(Context(), spec));
    ASSERT_TRUE(engine_.Start(Context(), "shop_odoo"));
  }
  Status Wait(const Context& ctx = Context()) {
    return WaitHealthy(ctx, engine_, "shop_odoo", options_, [&] { ++answered_; });
  }
  // What the probe says, the first time, the second time, …; then always the last.
  void Probe(std::vector<int> exit_codes) {
    programs_.OnProgram("python3",
                        [this, exit_codes = std::move(exit_codes)](const FakePsql::Call&) {
                          const std::size_t turn = std::min(asked_++, exit_codes.size() - 1);
                          return FakePsql::Answer{.exit_code = exit_codes[turn]};
                        });
  }

  docker::FakeEngine engine_;
  FakePsql programs_{engine_};
  HealthOptions options_{.attempts = 1,
                         .interval = std::chrono::milliseconds(0),
                         .http_port = 8070,
                         .db_name = "shop db'"};
  std::size_t asked_ = 0;
  int answered_ = 0;
};

TEST_F(HealthTest, AsksForTheLoginPageInsideTheContainerByArgumentsAndNotByCode) {
  Start(false);
  EXPECT_TRUE(AnswersNow(Context(), engine_, "shop_odoo", options_).value());
  const FakePsql::Call call = programs_.calls().front();
  EXPECT_EQ(call.container, "shop_odoo");
  EXPECT_THAT(call.spec.argv, AllOf(Contains("8070"), Contains("shop db'")));
  EXPECT_THAT(call.spec.argv.at(2), Not(HasSubstr("shop db'")));
  Probe({1});
  EXPECT_FALSE(AnswersNow(Context(), engine_, "shop_odoo", options_).value());
}

TEST_F(HealthTest, WithoutAHealthCheckTheFirstAnswerIsEnough) {
  Start(false);
  ASSERT_TRUE(Wait());
  EXPECT_EQ(answered_, 1);
}

TEST_F(HealthTest, OneThatDoesNotAnswerIsUnhealthyWithItsLastLogLines) {
  Start(false);
  engine_.SetLog("shop_odoo", "Traceback\nKeyError: 'sale'\n");
  Probe({1});
  const Status waited = Wait();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, ErrorCode::kUnhealthy);
  EXPECT_THAT(waited.error().message,
              AllOf(HasSubstr("shop_odoo"), HasSubstr("does not answer after 1 attempts"),
                    HasSubstr("KeyError: 'sale'")));
  EXPECT_EQ(answered_, 0);
}

TEST_F(HealthTest, IsAskedAgainAsLongAsThereAreAttempts) {
  Start(false);
  options_.attempts = 3;
  Probe({1, 1, 0});
  ASSERT_TRUE(Wait());
  EXPECT_EQ(asked_, 3U);
}

TEST_F(HealthTest, AContainerThatEndedIsToldAtOnceWithItsExitCode) {
  Start(false);
  engine_.Finish("shop_odoo", 3);
  const Status waited = Wait();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, ErrorCode::kUnhealthy);
  EXPECT_THAT(waited.error().message, HasSubstr("ended with code 3"));
  EXPECT_EQ(asked_, 0U);
}

TEST_F(HealthTest, AnAnswerIsNotEnoughWhenTheHealthCheckSaysUnhealthy) {
  Start(true);
  engine_.SetHealth("shop_odoo", "unhealthy");
  const Status waited = Wait();
  ASSERT_FALSE(waited);
  EXPECT_THAT(waited.error().message, HasSubstr("health check says unhealthy"));
}

TEST_F(HealthTest, TheAnswerIsToldBeforeTheHealthCheckAgreesAndOnlyOnce) {
  Start(true);
  options_.attempts = 1000;
  options_.interval = std::chrono::milliseconds(250);
  int inspected = 0;
  engine_.OnCall([&](std::string_view call) -> Status {
    if (call != "inspect shop_odoo" || ++inspected < 2) return {};
    EXPECT_EQ(answered_, 1) << "the downtime is over although the check still says starting";
    return Fail(ErrorCode::kEngineUnavailable, "enough");
  });
  EXPECT_EQ(Wait().error().code, ErrorCode::kEngineUnavailable);
  engine_.OnCall({});
  engine_.SetHealth("shop_odoo", "healthy");
  EXPECT_TRUE(Wait());
}

TEST_F(HealthTest, AHealthCheckThatNeverAgreesEndsTheWaiting) {
  Start(true);
  const Status waited = Wait();
  ASSERT_FALSE(waited);
  EXPECT_THAT(waited.error().message, HasSubstr("its health check does not agree"));
}

TEST_F(HealthTest, ACheckThatPassesIsNotWaitedForUntilTheEngineRunsIt) {
  Start(true, "curl -f http://localhost:8069");
  EXPECT_TRUE(Wait());
  const FakePsql::Call call = programs_.calls().back();
  EXPECT_THAT(call.spec.argv, ElementsAre("/bin/sh", "-c", "curl -f http://localhost:8069"));
}

TEST_F(HealthTest, ACheckThatFailsIsRunAgainAndNeedsTheEngineToAgree) {
  Start(true, "false");
  int run = 0;
  programs_.OnProgram("/bin/sh", [&](const FakePsql::Call&) {
    EXPECT_EQ(answered_, 1);
    if (++run == 3) engine_.SetHealth("shop_odoo", "healthy");
    return FakePsql::Answer{.exit_code = 1};
  });
  options_.attempts = 1000;
  EXPECT_TRUE(Wait());
  EXPECT_EQ(run, 3);
}

TEST_F(HealthTest, ACancelEndsTheWaiting) {
  Start(false);
  Probe({1});
  options_.attempts = 1'000'000;
  options_.interval = std::chrono::hours(1);
  std::stop_source stop;
  engine_.OnCall([&](std::string_view call) -> Status {
    if (call == "exec shop_odoo python3") stop.request_stop();
    return {};
  });
  EXPECT_EQ(Wait(Context(stop.get_token())).error().code, ErrorCode::kCancelled);
}

TEST_F(HealthTest, AContainerThatIsGoneIsToldAsSuch) {
  EXPECT_EQ(Wait().error().code, ErrorCode::kContainerMissing);
}

}  // namespace
}  // namespace reprise::odoo
