#include "api/page.hpp"

#include <gtest/gtest.h>

#include "api/testing/api_house.hpp"

namespace reprise::api {
namespace {

using testing::ApiHouse;
using testing::RawClient;
using testing::RawResponse;

constexpr std::array kFiles = {
    PageFile{"/assets/app-1.js", "text/javascript; charset=utf-8", "d1", "let a;", "packed"},
    PageFile{"/index.html", "text/html; charset=utf-8", "d2", "<!doctype html>", ""},
};

class PageTest : public ::testing::Test {
 protected:
  PageTest() { ServePage(house_.router, kFiles); }

  RawResponse Get(std::string_view path, std::string_view headers = "",
                  std::string_view method = "GET") {
    RawClient client(house_.server->port());
    client.Send(fmt::format("{} {} HTTP/1.1\r\nHost: x\r\n{}Connection: close\r\n\r\n", method,
                            path, headers));
    return client.Read().value_or(RawResponse{});
  }

  ApiHouse house_;
};

TEST_F(PageTest, EveryPlaceOfThePageGetsThePageItself) {
  for (const std::string_view path : {"/", "/environments/01900000-0000-7000-8000-000000000000",
                                      "/restores/x?tab=log", "/apis"}) {
    const RawResponse answer = Get(path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.body, "<!doctype html>") << path;
    EXPECT_EQ(answer.headers.at("cache-control"), "no-cache") << path;
  }
}

TEST_F(PageTest, NothingInlineAndNothingFromElsewhereMayRun) {
  const std::string policy = Get("/").headers.at("content-security-policy");
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(policy.find("http"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
}

TEST_F(PageTest, AssetsAreKeptForeverAndComeCompressedToWhomThatSuits) {
  const RawResponse plain = Get("/assets/app-1.js");
  EXPECT_EQ(plain.body, "let a;");
  EXPECT_EQ(plain.headers.at("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(plain.headers.count("content-encoding"), 0U);
  const RawResponse packed = Get("/assets/app-1.js", "Accept-Encoding: br, gzip\r\n");
  EXPECT_EQ(packed.body, "packed");
  EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
  EXPECT_NE(packed.headers.at("etag"), plain.headers.at("etag"));
  EXPECT_EQ(Get("/assets/app-1.js", "Accept-Encoding: gzip;q=0\r\n").body, "let a;");
}

TEST_F(PageTest, WhoHasItAlreadyIsToldSo) {
  const std::string tag = Get("/").headers.at("etag");
  const RawResponse again = Get("/", "If-None-Match: " + tag + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
}

TEST_F(PageTest, AnAssetOfAnotherBuildIsNotFoundRatherThanAPage) {
  EXPECT_EQ(Get("/assets/app-0.js").status, 404);
}

TEST_F(PageTest, TheApiIsAsClosedAsBefore) {
  EXPECT_EQ(Get("/api/v1/nothing").status, 401);
  EXPECT_EQ(Get("/api").status, 401);
  EXPECT_EQ(Get("/api/v1/backups").status, 401);
  EXPECT_EQ(Get("/", "", "DELETE").status, 405);
}

TEST(BuiltInPageTest, HasAPageWhateverTheBuildFound) {
  Request request;
  request.path = "/";
  const Result<Response> answer = PageResponse(BuiltInPage(), request);
  ASSERT_TRUE(answer);
  EXPECT_NE(std::get<std::string>(answer->body).find("<title>Reprise</title>"), std::string::npos);
}

}  // namespace
}  // namespace reprise::api
