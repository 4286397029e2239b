#include "api/entity_tag.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "api/testing/access_world.hpp"

namespace reprise::api {
namespace {

using testing::AccessWorld;

TEST(NamesTag, ReadsListsAndStars) {
  for (const char* list : {R"("a")", "*", R"("b", "a")", R"( "a" )", R"("b",,"a")"}) {
    EXPECT_TRUE(NamesTag(list, "\"a\"", TagComparison::kStrong)) << list;
  }
  for (const char* list : {"", "a", R"("ab")", R"("b", "c")", ","}) {
    EXPECT_FALSE(NamesTag(list, "\"a\"", TagComparison::kWeak)) << list;
  }
  EXPECT_TRUE(NamesTag("W/\"a\"", "\"a\"", TagComparison::kWeak));
  EXPECT_FALSE(NamesTag("W/\"a\"", "\"a\"", TagComparison::kStrong));
}

class EntityTagTest : public ::testing::TestWithParam<catalog::testing::CatalogKind> {
 protected:
  struct Seen {
    int status = 0;
    std::string tag;
    std::string text;
  };
  Seen Call(std::string_view method, const std::string& path, std::string_view body = "",
            const std::vector<Headers::Field>& headers = {}) {
    const auto answer = world_.Call("owner", method, path, body, headers);
    Seen seen{answer.status, "", answer.text};
    for (const auto& [name, value] : answer.headers) {
      if (name == "ETag") seen.tag = value;
    }
    return seen;
  }
  std::string NewTeam() {
    return fmt::format("/api/v1/organizations/{}/teams/{}", world_.ours.value,
                       world_.AddTeam(world_.ours).value);
  }

  AccessWorld world_{GetParam()};
};

TEST_P(EntityTagTest, AThingHasOneUntilItChanges) {
  const std::string team = NewTeam();
  const std::string first = Call("GET", team).tag;
  EXPECT_EQ(first.size(), 34U) << first;
  EXPECT_EQ(Call("GET", team).tag, first);
  const Seen same = Call("GET", team, "", {{"If-None-Match", "W/" + first}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.tag, first);
  EXPECT_EQ(same.text, "");
  EXPECT_EQ(Call("PATCH", team, R"({"name":"renamed"})").status, 200);
  const Seen other = Call("GET", team, "", {{"If-None-Match", first}});
  EXPECT_EQ(other.status, 200);
  EXPECT_NE(other.tag, first);
}

TEST_P(EntityTagTest, AChangeOfWhatWasChangedMeanwhileIsRefused) {
  const std::string team = NewTeam();
  const std::string first = Call("GET", team).tag;
  EXPECT_EQ(Call("PATCH", team, R"({"name":"one"})", {{"If-Match", first}}).status, 200);
  for (const char* method : {"PATCH", "DELETE"}) {
    const std::string body = *method == 'P' ? R"({"name":"two"})" : "";
    const Seen late = Call(method, team, body, {{"If-Match", first}});
    EXPECT_EQ(late.status, 412) << late.text;
    EXPECT_NE(late.text.find("precondition_failed"), std::string::npos) << late.text;
    EXPECT_NE(late.text.find("changed meanwhile"), std::string::npos) << late.text;
  }
  const Seen now = Call("GET", team);
  EXPECT_NE(now.text.find("\"one\""), std::string::npos) << now.text;
  EXPECT_EQ(Call("DELETE", team, "", {{"If-Match", now.tag}}).status, 204);
  EXPECT_EQ(Call("DELETE", team, "", {{"If-Match", "*"}}).status, 404);
}

TEST_P(EntityTagTest, WhatHasNoneTakesNoCondition) {
  const std::string member = fmt::format("/api/v1/organizations/{}/members/{}", world_.ours.value,
                                         world_.AddMember(world_.ours, "viewer").value);
  const Seen refused = Call("DELETE", member, "", {{"If-Match", "\"a\""}});
  EXPECT_EQ(refused.status, 412) << refused.text;
  EXPECT_NE(refused.text.find("has no ETag"), std::string::npos) << refused.text;
  EXPECT_EQ(Call("DELETE", member).status, 204);
}

// Nobody learns by a condition what they may not see.
TEST_P(EntityTagTest, PermissionIsAskedBeforeTheCondition) {
  const std::string team = NewTeam();
  const auto answer =
      world_.Call("foreign owner", "PATCH", team, R"({"name":"x"})", {{"If-Match", "\"a\""}});
  EXPECT_EQ(answer.status, 404) << answer.text;
}

// Both have looked, both want to change it: one of them is told that they came too late.
TEST_P(EntityTagTest, OfTwoAtTheSameTimeOneWins) {
  constexpr int kRounds = 20;
  constexpr int kCallers = 4;
  for (int round = 0; round < kRounds; ++round) {
    const std::string team = NewTeam();
    const std::string tag = Call("GET", team).tag;
    std::atomic<int> done = 0;
    std::atomic<int> refused = 0;
    std::latch ready(kCallers);
    {
      std::vector<std::jthread> callers;
      callers.reserve(kCallers);
      for (int i = 0; i < kCallers; ++i) {
        callers.emplace_back([&, i, round] {
          ready.arrive_and_wait();
          Request request;
          request.method = "PATCH";
          request.path = team;
          request.body = fmt::format(R"({{"name":"by {} in {}"}})", i, round);
          request.headers.Add("Authorization", "Bearer " + world_.tokens.at("owner"));
          request.headers.Add("If-Match", tag);
          const auto& router = world_.house.router;
          const auto route = router.Admit(request);
          const int status = route ? router.Handle(Context(), **route, request).status : 0;
          ++(status == 200 ? done : refused);
          EXPECT_TRUE(status == 200 || status == 412) << status;
        });
      }
    }
    EXPECT_EQ(done, 1);
    EXPECT_EQ(refused, kCallers - 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogs, EntityTagTest,
                         ::testing::ValuesIn(catalog::testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace reprise::api
