#include "api/answer_cache.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/testing/access_world.hpp"

namespace reprise::api {
namespace {

using testing::AccessWorld;
using testing::ApiHouse;
using testing::RawClient;

// Whether answers come from memory shows in the catalog's own count of its reads.
class AnswerCacheTest : public ::testing::Test {
 protected:
  AnswerCacheTest() { world_.house.router.RememberIn(cache_); }

  std::optional<std::string> Known(std::string_view caller, const std::string& path,
                                   const std::vector<Headers::Field>& headers = {}) {
    Request request;
    request.method = "GET";
    const std::size_t question = path.find('?');
    request.path = path.substr(0, question);
    if (question != std::string::npos) request.query = {{"page_size", path.substr(question + 11)}};
    request.headers.Add("Authorization", "Bearer " + world_.tokens.at(std::string(caller)));
    for (const auto& [name, value] : headers) request.headers.Add(name, value);
    const auto kept = world_.house.router.Recall(request);
    if (!kept) return std::nullopt;
    return std::get<std::string>(kept->response.body);
  }
  AccessWorld::Answer Get(std::string_view caller, const std::string& path) {
    return world_.Call(caller, "GET", path);
  }

  AccessWorld world_;
  ApiHouse& house_ = world_.house;
  domain::Environment shop_ = house_.AddEnvironment();
  std::string path_ = "/api/v1/environments/" + shop_.id.value;
  AnswerCache cache_{[this] { return house_.metered.changes(); }, house_.clock};
};

TEST_F(AnswerCacheTest, KeepsWhatWasAnsweredForTheSameCallOfTheSameCaller) {
  EXPECT_FALSE(Known("owner", path_));
  const auto first = Get("owner", path_);
  ASSERT_EQ(first.status, 200);
  Get("owner", path_);  // the first one wrote when its token was used last
  EXPECT_EQ(Known("owner", path_), first.text);
  EXPECT_FALSE(Known("foreign owner", path_)) << "who may not see it";
  EXPECT_FALSE(Known("viewer", path_)) << "who may, but has not asked";
  EXPECT_FALSE(Known("owner", path_, {{"COOKIE", "reprise_session=x"}}));
  EXPECT_FALSE(Known("owner", path_, {{"If-None-Match", "*"}}));
  Get("owner", "/api/v1/environments?page_size=5");
  EXPECT_TRUE(Known("owner", "/api/v1/environments?page_size=5"));
  EXPECT_FALSE(Known("owner", "/api/v1/environments?page_size=6"));
}

TEST_F(AnswerCacheTest, ForgetsAllWithAnyChange) {
  Get("owner", path_);
  Get("owner", path_);
  ASSERT_TRUE(Known("owner", path_));
  ASSERT_TRUE(house_.environments.Update(shop_.id, [](domain::Environment& row) -> Status {
    row.name = "renamed";
    return {};
  }));
  EXPECT_FALSE(Known("owner", path_));
  EXPECT_NE(Get("owner", path_).text.find("renamed"), std::string::npos);
  EXPECT_NE(Known("owner", path_).value_or("").find("renamed"), std::string::npos);
}

TEST_F(AnswerCacheTest, ARevokedTokenIsRefusedAtOnce) {
  const std::string token = world_.TokenOf(world_.users.at("owner"));
  world_.tokens["leaver"] = token;
  Get("leaver", path_);
  Get("leaver", path_);
  ASSERT_TRUE(Known("leaver", path_));
  const auto mine = world_.Call("leaver", "GET", "/api/v1/tokens");
  for (const auto& one : mine.body.at("items").as_array()) {
    if (!token.starts_with(std::string_view(one.at("prefix").as_string()))) continue;
    const std::string id(one.at("id").as_string());
    ASSERT_EQ(world_.Call("owner", "DELETE", "/api/v1/tokens/" + id).status, 204);
  }
  EXPECT_FALSE(Known("leaver", path_));
  EXPECT_EQ(Get("leaver", path_).status, 401);
}

TEST_F(AnswerCacheTest, ATokenThatRunsOutIsRefusedOnTime) {
  const Instant end = house_.clock.Now() + std::chrono::seconds(3);
  world_.tokens["guest"] =
      house_.credentials.CreateToken({world_.users.at("owner"), "short", {}, {}, end})
          .value()
          .secret;
  Get("guest", path_);
  Get("guest", path_);
  ASSERT_TRUE(Known("guest", path_));
  house_.clock.Advance(std::chrono::seconds(3));
  EXPECT_FALSE(Known("guest", path_));
  EXPECT_EQ(Get("guest", path_).status, 401);
}

TEST_F(AnswerCacheTest, NothingIsKeptForLong) {
  Get("owner", path_);
  Get("owner", path_);
  house_.clock.Advance(AnswerCache::kLongest - std::chrono::milliseconds(1));
  EXPECT_TRUE(Known("owner", path_));
  house_.clock.Advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(Known("owner", path_));
}

// What was looked up before a change and answered after it must not be kept.
TEST_F(AnswerCacheTest, AnAnswerThatAChangeHasOvertakenIsNotKept) {
  Request request;
  request.method = "GET";
  request.path = path_;
  request.headers.Add("Authorization", "Bearer " + world_.tokens.at("owner"));
  const auto route = house_.router.Admit(request);
  ASSERT_TRUE(route);
  ASSERT_TRUE(
      house_.environments.Update(shop_.id, [](domain::Environment&) -> Status { return {}; }));
  EXPECT_EQ(house_.router.Handle(Context(), **route, request).status, 200);
  EXPECT_FALSE(Known("owner", path_));
}

TEST_F(AnswerCacheTest, ServesOverTheWireWithARequestIdOfItsOwn) {
  RawClient client(house_.server->port());
  std::set<std::string> ids;
  for (int i = 0; i < 4; ++i) {
    client.Send(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", path_,
                            ApiHouse::kToken));
    const auto answer = client.Read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_NE(answer->body.find(shop_.id.value), std::string::npos);
    ids.insert(answer->headers.at("x-request-id"));
  }
  EXPECT_EQ(ids.size(), 4U);
}

}  // namespace
}  // namespace reprise::api
