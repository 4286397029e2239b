#include "api/router.hpp"

#include <gtest/gtest.h>

namespace reprise::api {
namespace {

constexpr std::string_view kToken = "0123456789abcdef0123456789abcdef";

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() : router_(token_) {}

  void Add(std::string_view method, std::string_view pattern) {
    router_.Add(method, pattern, Rule::Self(),
                [](const Context&, const Request&) { return Response{}; });
  }
  Request Make(std::string method, std::string path) {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.headers.Add("Authorization", "Bearer " + std::string(kToken));
    return request;
  }
  std::string PatternOf(std::string method, std::string path) {
    Request request = Make(std::move(method), std::move(path));
    const auto route = router_.Admit(request);
    return route ? (*route)->pattern : std::to_string(route.error().status);
  }

  AdminToken token_{kToken};
  Router router_;
};

TEST_F(RouterTest, PrefersLiteralSegments) {
  Add("GET", "/b/{id}");
  Add("POST", "/b/restore");
  Add("GET", "/b/restore/{id}");
  Add("POST", "/b/restore/v2");
  EXPECT_EQ(PatternOf("GET", "/b/1"), "/b/{id}");
  EXPECT_EQ(PatternOf("POST", "/b/restore"), "/b/restore");
  EXPECT_EQ(PatternOf("GET", "/b/restore/1"), "/b/restore/{id}");
  EXPECT_EQ(PatternOf("POST", "/b/restore/v2"), "/b/restore/v2");
  EXPECT_EQ(PatternOf("GET", "/b/restore"), "405");
}

TEST_F(RouterTest, DoesNotMindTheOrderOfRegistration) {
  Add("POST", "/b/restore/v2");
  Add("GET", "/b/{id}/v2");
  EXPECT_EQ(PatternOf("POST", "/b/restore/v2"), "/b/restore/v2");
  EXPECT_EQ(PatternOf("GET", "/b/1/v2"), "/b/{id}/v2");
}

TEST_F(RouterTest, DecodesParametersAfterSplitting) {
  Add("GET", "/b/{id}");
  Request request = Make("GET", "/b/a%2Fb%20c");
  ASSERT_TRUE(router_.Admit(request));
  EXPECT_EQ(request.params.at("id"), "a/b c");
}

TEST_F(RouterTest, KnowsNoEmptyParameters) {
  Add("GET", "/b/{id}");
  EXPECT_EQ(PatternOf("GET", "/b/"), "404");
  EXPECT_EQ(PatternOf("GET", "/b"), "404");
  EXPECT_EQ(PatternOf("GET", "/b/1/"), "404");
}

TEST_F(RouterTest, NamesTheCaller) {
  Add("GET", "/b");
  Request request = Make("GET", "/b");
  ASSERT_TRUE(router_.Admit(request));
  EXPECT_EQ(request.caller.name, "admin");
}

TEST(AdminToken, TakesOnlyItself) {
  const AdminToken token(kToken);
  EXPECT_TRUE(token.Authenticate("Bearer " + std::string(kToken)));
  EXPECT_TRUE(token.Authenticate("bearer " + std::string(kToken)));
  for (const std::string& wrong :
       {std::string(), std::string("Bearer"), std::string("Bearer "), std::string(kToken),
        "Bearer " + std::string(kToken) + "0", "Bearer " + std::string(kToken.substr(1)),
        "Basic " + std::string(kToken)}) {
    const auto result = token.Authenticate(wrong);
    ASSERT_FALSE(result) << wrong;
    EXPECT_EQ(result.error().code, ErrorCode::kUnauthenticated);
  }
}

}  // namespace
}  // namespace reprise::api
