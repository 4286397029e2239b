#include "api/request_check.hpp"

#include <gtest/gtest.h>

#include "api/testing/api_house.hpp"

namespace reprise::api {
namespace {

using testing::ApiHouse;

class RequestCheckTest : public ::testing::Test {
 protected:
  // The first fault of a refused call: "page must be …".
  static std::string Fault(const ApiHouse::Answer& answer) {
    if (answer.raw.status != 422) return std::to_string(answer.raw.status);
    return std::string(answer.body.at("detail").as_string());
  }
  ApiHouse house_;
  domain::Environment shop_ = house_.AddEnvironment();
  std::string backups_ = fmt::format("/api/v1/backups/environments/{}/backups", shop_.id.value);
};

TEST_F(RequestCheckTest, QueryHeadersAndBodyAreToldTogether) {
  const auto answer = house_.Call("POST", backups_ + "?colour=red", R"({"name":7,"size":1})",
                                  "Idempotency-Key: " + std::string(201, 'k') + "\r\n");
  EXPECT_EQ(Fault(answer),
            "colour is not a parameter of this call; Idempotency-Key must have at most 200 "
            "characters; /name must be a string; /size is not a field of this request");
  EXPECT_EQ(answer.body.at("errors").as_array().size(), 4U);
  EXPECT_EQ(answer.body.at("field").as_string(), "colour");
}

TEST_F(RequestCheckTest, ParametersAreGivenOnceAndInUtf8) {
  EXPECT_EQ(Fault(house_.Call("GET", "/api/v1/tasks?page=1&page=2")),
            "page stands there more than once");
  EXPECT_EQ(Fault(house_.Call("GET", "/api/v1/tasks?subject_id=%ff")),
            "subject_id must be text in UTF-8");
  EXPECT_EQ(Fault(house_.Call("GET", "/api/v1/tasks?%ff=1")),
            "\xef\xbf\xbd is not a parameter of this call");
  EXPECT_EQ(Fault(house_.Call("GET", "/api/v1/tasks?kind=lost")),
            "kind must be one of backup, restore, undo, import, verify, deploy, remove, release, "
            "drill, mount, unmount, snapshot, rollback, drop_snapshot");
}

TEST_F(RequestCheckTest, AnEmptyParameterIsNone) {
  EXPECT_EQ(house_.Call("GET", "/api/v1/tasks?page=&kind=").raw.status, 200);
  EXPECT_EQ(Fault(house_.Call("POST", "/api/v1/backups/import?name=", "x")), "name is required");
}

TEST_F(RequestCheckTest, ACallWithoutABodyTakesAnEmptyOne) {
  const std::string path = "/api/v1/backups/" + house_.AddBackup(shop_.id).id.value + "/verify";
  EXPECT_EQ(Fault(house_.Call("POST", path, R"({"deep":true})")),
            "/deep is not a field of this request");
  EXPECT_EQ(house_.Call("POST", path, "{").raw.status, 400);
  EXPECT_EQ(house_.Call("POST", path, "{}").raw.status, 202);
}

TEST_F(RequestCheckTest, ReadersHaveNoUseForABody) {
  EXPECT_EQ(house_.Call("GET", "/api/v1/tasks", "no JSON").raw.status, 200);
}

TEST_F(RequestCheckTest, OpenCallsDoNotMindWhatAProbeAdds) {
  EXPECT_EQ(house_.Call("GET", "/healthz?probe=7").raw.status, 200);
  EXPECT_EQ(house_.Call("GET", "/docs?v=2").raw.status, 200);
}

// The page prints its calls so; ids are the only thing that a program of its own puts in.
TEST_F(RequestCheckTest, WhatThePagePrintsIsTaken) {
  const std::string id = house_.AddBackup(shop_.id).id.value;
  const auto advanced = house_.Call(
      "POST", "/api/v1/backups/restore/v2",
      fmt::format(R"({{"backup_id":"{}","target":{{"mode":"new","new_environment":{{)"
                  R"("name":"production-clone","environment_type":"staging","server_id":null}}}},)"
                  R"("create_pre_restore_backup":true,"include_filestore":true}})",
                  id),
      "Content-Type: application/json\r\n");
  EXPECT_EQ(advanced.raw.status, 200) << advanced.raw.body;
  const auto simple =
      house_.Call("POST", "/api/v1/backups/restore",
                  fmt::format(R"({{"backup_id":"{}","target_environment_id":"{}",)"
                              R"("create_pre_restore_backup":true,"include_filestore":true}})",
                              id, shop_.id.value),
                  "Content-Type: application/json\r\n");
  EXPECT_EQ(simple.raw.status, 200) << simple.raw.body;
}

TEST_F(RequestCheckTest, DocsAskNothingOfAnyOtherPlace) {
  const auto answer = house_.Call("GET", "/docs");
  EXPECT_EQ(answer.raw.headers.at("content-type"), "text/html; charset=utf-8");
  const std::string& policy = answer.raw.headers.at("content-security-policy");
  EXPECT_TRUE(policy.starts_with("default-src 'none';")) << policy;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(answer.raw.body.find("src=\"http"), std::string::npos);
  EXPECT_EQ(answer.raw.body.find("url("), std::string::npos);
  const auto contract = Contract::BuiltIn().value();
  for (const Operation& operation : contract->operations()) {
    EXPECT_NE(answer.raw.body.find("id=\"" + operation.id + "\""), std::string::npos);
  }
}

}  // namespace
}  // namespace reprise::api
