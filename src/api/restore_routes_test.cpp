#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "api/testing/api_house.hpp"

// The page's own calls, compared key by key, and what surrounds them.
namespace reprise::api {
namespace {

namespace json = boost::json;
using testing::ApiHouse;

std::vector<std::string> KeysOf(const json::value& object) {
  std::vector<std::string> keys;
  if (!object.is_object()) return keys;
  for (const auto& member : object.get_object()) keys.emplace_back(member.key());
  return keys;
}

class RestoreRoutesTest : public ::testing::Test {
 protected:
  std::string V2(std::string_view target, std::string_view more = "") {
    return fmt::format(R"({{"backup_id":"{}","target":{}{}}})", backup_.id.value, target, more);
  }

  ApiHouse house_;
  domain::Environment shop_ = house_.AddEnvironment();
  domain::Backup backup_ = house_.AddBackup(shop_.id);
};

TEST_F(RestoreRoutesTest, V1AnswersAsThePagePrintsIt) {
  const auto answer =
      house_.Call("POST", "/api/v1/backups/restore",
                  fmt::format(R"({{"backup_id":"{}","target_environment_id":"{}",)"
                              R"("create_pre_restore_backup":true,"include_filestore":true}})",
                              backup_.id.value, shop_.id.value));
  ASSERT_EQ(answer.raw.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.raw.headers.at("content-type"), "application/json");
  EXPECT_EQ(KeysOf(answer.body),
            (std::vector<std::string>{"id", "backup_id", "target_environment_id", "status",
                                      "pre_restore_backup_id", "started_at", "completed_at",
                                      "error_message"}));
  EXPECT_EQ(answer.body.at("backup_id").as_string(), backup_.id.value);
  EXPECT_EQ(answer.body.at("target_environment_id").as_string(), shop_.id.value);
  EXPECT_EQ(answer.body.at("status").as_string(), "pending");
  for (const char* name :
       {"pre_restore_backup_id", "started_at", "completed_at", "error_message"}) {
    EXPECT_TRUE(answer.body.at(name).is_null()) << name;
  }
}

TEST_F(RestoreRoutesTest, V1ChoosesTheModeByTheTarget) {
  const domain::Environment other = house_.AddEnvironment("other");
  for (const auto& [target, mode] :
       {std::pair(shop_.id.value, "original"), std::pair(other.id.value, "existing")}) {
    const auto made =
        house_.Call("POST", "/api/v1/backups/restore",
                    fmt::format(R"({{"backup_id":"{}","target_environment_id":"{}"}})",
                                backup_.id.value, target));
    ASSERT_EQ(made.raw.status, 200) << made.raw.body;
    const std::string id(made.body.at("id").as_string());
    const auto shown = house_.Call("GET", "/api/v1/backups/restore/" + id);
    EXPECT_EQ(shown.body.at("mode").as_string(), mode);
    EXPECT_EQ(shown.body.at("target_environment_id").as_string(), target);
  }
}

TEST_F(RestoreRoutesTest, V2AnswersAsThePagePrintsIt) {
  const auto answer =
      house_.Call("POST", "/api/v1/backups/restore/v2",
                  V2(R"({"mode":"new","new_environment":{"name":"production-clone",)"
                     R"("environment_type":"staging","server_id":null}})",
                     R"(,"create_pre_restore_backup":true,"include_filestore":true)"));
  ASSERT_EQ(answer.raw.status, 200) << answer.raw.body;
  EXPECT_EQ(KeysOf(answer.body),
            (std::vector<std::string>{"restore_point_id", "task_id", "target_environment_id",
                                      "target_environment_name", "is_new_environment", "status",
                                      "message"}));
  EXPECT_EQ(answer.body.at("target_environment_name").as_string(), "production-clone");
  EXPECT_TRUE(answer.body.at("is_new_environment").as_bool());
  EXPECT_EQ(answer.body.at("status").as_string(), "queued");
  EXPECT_EQ(answer.body.at("message").as_string(), "Restore operation queued successfully");
}

TEST_F(RestoreRoutesTest, ShowsTheFieldsOfThePageFirstAndThenOurs) {
  const auto made = house_.Call("POST", "/api/v1/backups/restore/v2", V2(R"({"mode":"original"})"));
  ASSERT_EQ(made.raw.status, 200) << made.raw.body;
  const std::string id(made.body.at("restore_point_id").as_string());
  ASSERT_TRUE(
      house_.restores.Update(domain::RestoreId{id}, [&](domain::RestorePoint& row) -> Status {
        row.status = domain::RestoreStatus::kRestoringDb;
        row.started_at = house_.clock.Now();
        row.warnings = {"3 attachments are missing"};
        row.proof_json = R"({"rows":7})";
        return {};
      }));

  const auto answer = house_.Call("GET", "/api/v1/backups/restore/" + id);
  ASSERT_EQ(answer.raw.status, 200);
  const std::vector<std::string> page = {"id",
                                         "backup_id",
                                         "target_environment_id",
                                         "task_id",
                                         "status",
                                         "is_new_environment",
                                         "is_cross_server",
                                         "target_vm_id",
                                         "pre_restore_backup_id",
                                         "started_at",
                                         "completed_at",
                                         "duration_seconds",
                                         "error_message",
                                         "error_step"};
  std::vector<std::string> keys = KeysOf(answer.body);
  ASSERT_GE(keys.size(), page.size());
  keys.resize(page.size());
  EXPECT_EQ(keys, page);
  EXPECT_EQ(answer.body.at("status").as_string(), "restoring_db");
  EXPECT_EQ(answer.body.at("started_at").as_string(), "2024-12-11T11:00:00Z");
  EXPECT_TRUE(answer.body.at("duration_seconds").is_null());
  EXPECT_TRUE(answer.body.at("outcome").is_null());
  EXPECT_EQ(answer.body.at("warnings").at(0).as_string(), "3 attachments are missing");
  EXPECT_EQ(answer.body.at("proof").at("rows").as_int64(), 7);
  EXPECT_EQ(answer.body.at("percent").to_number<double>(), 0);

  EXPECT_EQ(house_.Call("GET", fmt::format("/api/v1/backups/restore/{}/proof", id)).raw.body,
            R"({"rows":7})");
  const auto list = house_.Call("GET", "/api/v1/restores?environment_id=" + shop_.id.value);
  EXPECT_EQ(list.body.at("total").as_int64(), 1);
  EXPECT_EQ(list.body.at("items").at(0), answer.body);
}

TEST_F(RestoreRoutesTest, TellsAllFaultsOfABodyAtOnce) {
  const auto answer = house_.Call(
      "POST", "/api/v1/backups/restore/v2",
      R"({"backup_id":7,"target":{"mode":"sideways","new_environment":{"environment_type":"x"}},)"
      R"("strategy":"hope","keep_previous_hours":-1,"run_at":"soon","neutralize":"maybe",)"
      R"("surprise":true})");
  ASSERT_EQ(answer.raw.status, 422);
  EXPECT_EQ(answer.raw.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(answer.body.at("code").as_string(), "invalid_argument");
  std::set<std::string> fields;
  for (const json::value& fault : answer.body.at("errors").as_array()) {
    fields.emplace(fault.at("field").as_string());
  }
  EXPECT_EQ(fields,
            (std::set<std::string>{"/backup_id", "/target/mode", "/target/new_environment/name",
                                   "/target/new_environment/environment_type", "/strategy",
                                   "/keep_previous_hours", "/run_at", "/neutralize", "/surprise"}));
}

TEST_F(RestoreRoutesTest, RefusesFieldsThatBelongToAnotherMode) {
  for (const auto& [target, field] :
       {std::pair(R"({"mode":"existing"})", "/target/environment_id"),
        std::pair(R"({"mode":"original","environment_id":"x"})", "/target/environment_id"),
        std::pair(R"({"mode":"new"})", "/target/new_environment"),
        std::pair(R"({"mode":"original","new_environment":{"name":"n"}})",
                  "/target/new_environment"),
        std::pair(R"({"mode":"cross_server","new_environment":{"name":"n"}})", "/target/server_id"),
        std::pair(R"({"mode":"original","server_id":"s"})", "/target/server_id"),
        std::pair(R"({"mode":"new","server_id":"s","new_environment":{"name":"n",)"
                  R"("server_id":"t"}})",
                  "/target/server_id"),
        std::pair("7", "/target"), std::pair("null", "/target")}) {
    const auto answer = house_.Call("POST", "/api/v1/backups/restore/v2", V2(target));
    EXPECT_EQ(answer.raw.status, 422) << target;
    EXPECT_EQ(answer.body.at("field").as_string(), field) << target;
  }
}

TEST_F(RestoreRoutesTest, ARepeatedCallWithItsKeyIsOneRestore) {
  const std::string header = "Idempotency-Key: once\r\n";
  const auto first =
      house_.Call("POST", "/api/v1/backups/restore/v2", V2(R"({"mode":"original"})"), header);
  const auto second = house_.Call("POST", "/api/v1/backups/restore/v2",
                                  V2(R"({"mode":"original"})", R"(,"idempotency_key":"once")"));
  ASSERT_EQ(first.raw.status, 200) << first.raw.body;
  EXPECT_EQ(second.raw.body, first.raw.body);
  const auto both =
      house_.Call("POST", "/api/v1/backups/restore/v2",
                  V2(R"({"mode":"original"})", R"(,"idempotency_key":"other")"), header);
  EXPECT_EQ(both.raw.status, 422);
}

TEST_F(RestoreRoutesTest, RefusesASecondRestoreOfTheSameTarget) {
  ASSERT_EQ(
      house_.Call("POST", "/api/v1/backups/restore/v2", V2(R"({"mode":"original"})")).raw.status,
      200);
  const auto second =
      house_.Call("POST", "/api/v1/backups/restore/v2", V2(R"({"mode":"original"})"));
  EXPECT_EQ(second.raw.status, 409);
  EXPECT_EQ(second.body.at("code").as_string(), "target_busy");
}

TEST_F(RestoreRoutesTest, ABackupThatIsNotCompletedIsNotAvailable) {
  ASSERT_TRUE(house_.backups.Update(backup_.id, [](domain::Backup& row) -> Status {
    row.status = domain::BackupStatus::kRunning;
    return {};
  }));
  const auto answer =
      house_.Call("POST", "/api/v1/backups/restore/v2", V2(R"({"mode":"original"})"));
  EXPECT_EQ(answer.raw.status, 400);
  EXPECT_EQ(answer.body.at("code").as_string(), "backup_not_available");
  EXPECT_EQ(answer.body.at("type").as_string(), "urn:reprise:error:backup_not_available");
  EXPECT_EQ(answer.body.at("title").as_string(), "Backup not available");
  EXPECT_EQ(answer.body.at("status").as_int64(), 400);
  EXPECT_FALSE(answer.body.at("hint").as_string().empty());
  EXPECT_EQ(answer.body.at("request_id").as_string(), answer.raw.headers.at("x-request-id"));
}

TEST_F(RestoreRoutesTest, UndoWithoutAPreviousStateIsAConflict) {
  const auto made = house_.Call("POST", "/api/v1/backups/restore/v2", V2(R"({"mode":"original"})"));
  const std::string path =
      "/api/v1/backups/restore/" + std::string(made.body.at("restore_point_id").as_string());
  EXPECT_EQ(house_.Call("POST", path + "/undo").raw.status, 409);
  EXPECT_EQ(house_.Call("POST", path + "/release").raw.status, 409);
  EXPECT_EQ(house_.Call("GET", path + "/proof").raw.status, 404);
}

TEST_F(RestoreRoutesTest, UndoAndReleaseAreQueuedAsTasks) {
  for (const std::string action : {"undo", "release"}) {
    ApiHouse house;
    const domain::Environment shop = house.AddEnvironment();
    domain::RestorePoint restore;
    restore.id.value = NewUuid();
    restore.backup_id = house.AddBackup(shop.id).id;
    restore.project_id = house.catalog.project();
    restore.target_environment_id = shop.id;
    restore.target_server_id = shop.server_id;
    restore.previous_db_name = "shop__old";
    ASSERT_TRUE(house.restores.Insert(restore));
    const auto answer =
        house.Call("POST", fmt::format("/api/v1/backups/restore/{}/{}", restore.id.value, action));
    ASSERT_EQ(answer.raw.status, 202) << answer.raw.body;
    EXPECT_EQ(KeysOf(answer.body), std::vector<std::string>{"task_id"});
    const auto task =
        house.Call("GET", "/api/v1/tasks/" + std::string(answer.body.at("task_id").as_string()));
    EXPECT_EQ(task.body.at("kind").as_string(), action);
    EXPECT_EQ(task.body.at("subject_id").as_string(), restore.id.value);
  }
}

}  // namespace
}  // namespace reprise::api
