#include "docker/throwaway_container.hpp"

#include <gtest/gtest.h>

#include "docker/fake_engine.hpp"

namespace reprise::docker {
namespace {

class ThrowawayContainerTest : public ::testing::Test {
 protected:
  ThrowawayContainerTest() {
    engine_.AddImage({.tags = {"odoo:14"}});
    spec_.name = "helper";
    spec_.image = "odoo:14";
  }
  Result<ThrowawayContainer> Start(const Context& ctx = Context()) {
    return ThrowawayContainer::Start(ctx, engine_, spec_);
  }
  [[nodiscard]] bool IsThere() { return engine_.Inspect(Context(), "helper").has_value(); }

  FakeEngine engine_;
  ContainerSpec spec_;
};

TEST_F(ThrowawayContainerTest, RunsAsLongAsTheObjectLives) {
  {
    const auto helper = Start();
    ASSERT_TRUE(helper);
    EXPECT_TRUE(engine_.Inspect(Context(), "helper")->state.running);
  }
  EXPECT_FALSE(IsThere());
}

TEST_F(ThrowawayContainerTest, GoesAlsoWhenItsWorkWasCancelled) {
  std::stop_source stop;
  {
    const auto helper = Start(Context(stop.get_token()));
    ASSERT_TRUE(helper);
    stop.request_stop();
  }
  EXPECT_FALSE(IsThere());
}

TEST_F(ThrowawayContainerTest, OneThatDoesNotStartIsNotLeftBehind) {
  engine_.FailNext("start helper", Error{ErrorCode::kContainerFailed, "no"});
  EXPECT_EQ(Start().error().code, ErrorCode::kContainerFailed);
  EXPECT_FALSE(IsThere());
}

TEST_F(ThrowawayContainerTest, TakesThePlaceOfOneThatADeadProcessLeft) {
  spec_.labels = {{"attempt", "1"}};
  ASSERT_TRUE(engine_.Create(Context(), spec_));
  spec_.labels = {{"attempt", "2"}};
  const auto helper = Start();
  ASSERT_TRUE(helper) << helper.error().Sentence();
  EXPECT_EQ(engine_.Inspect(Context(), "helper")->labels.at("attempt"), "2");
}

TEST_F(ThrowawayContainerTest, MovedFromItRemovesNothing) {
  auto first = Start();
  ASSERT_TRUE(first);
  {
    const ThrowawayContainer second = *std::move(first);
    EXPECT_EQ(second.name(), "helper");
    first = Fail(ErrorCode::kInternal, "gone");
    EXPECT_TRUE(IsThere());
  }
  EXPECT_FALSE(IsThere());
}

}  // namespace
}  // namespace reprise::docker
