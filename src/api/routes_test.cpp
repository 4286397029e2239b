#include "api/routes.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "api/testing/api_house.hpp"
#include "api/testing/samples.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using testing::ApiHouse;
using testing::RawClient;
using testing::SampleOf;

constexpr std::string_view kNobody = "01900000-0000-7000-8000-000000000000";

class RoutesTest : public ::testing::Test {
 protected:
  ApiHouse house_;
};

TEST_F(RoutesTest, EveryRouteButHealthAndDescriptionNeedsAToken) {
  int closed = 0;
  for (const Route& route : house_.router.routes()) {
    std::string path;
    for (const std::string& segment : route.segments) {
      path += "/" + (segment.front() == '{' ? std::string(kNobody) : segment);
    }
    for (const std::string header :
         {"", "Authorization: Bearer wrong\r\n", "Authorization: Basic YWRtaW46YWRtaW4=\r\n",
          "Authorization: Bearer \r\n", "Authorization: 0123456789abcdef0123456789abcdef\r\n"}) {
      RawClient client(house_.server->port());
      client.Send(fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}\r\n",
                              route.method, path, header));
      const auto answer = client.Read();
      ASSERT_TRUE(answer) << path;
      if (route.pattern == "/api/v1/auth/login") {
        EXPECT_EQ(answer->status, 422) << "open, but empty";
        continue;
      }
      if (path == "/api/v1/auth/oidc/start" || path == "/api/v1/auth/oidc/callback") {
        EXPECT_EQ(answer->status, path.ends_with("start") ? 302 : 401)
            << "open: leads to the provider, and takes no answer that it did not give";
        continue;
      }
      if (path == "/api/v1/auth/oidc" || path == "/healthz" || path == "/readyz" ||
          path == "/openapi.json" || path == "/docs") {
        EXPECT_EQ(answer->status, 200) << path;
        continue;
      }
      EXPECT_EQ(answer->status, 401) << route.method << " " << path << " with " << header;
      EXPECT_EQ(answer->headers.at("www-authenticate"), "Bearer realm=\"reprise\"");
      ++closed;
    }
  }
  EXPECT_GE(closed, 5 * 28);
}

TEST_F(RoutesTest, UnknownPathsDoNotShowThemselvesToStrangers) {
  RawClient client(house_.server->port());
  client.Send("GET /api/v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.Read()->status, 401);
  EXPECT_EQ(house_.Call("GET", "/api/v1/nothing").raw.status, 404);
}

TEST_F(RoutesTest, IdsThatNameNothingAreNotFoundEverywhere) {
  for (const Route& route : house_.router.routes()) {
    for (const std::string& id : {std::string(kNobody), std::string("no-uuid"),
                                  std::string("..%2f..%2fetc"), std::string("%27%20OR%201=1")}) {
      std::string path;
      bool has_id = false;
      for (const std::string& segment : route.segments) {
        const bool open = segment.front() == '{';
        has_id = has_id || open;
        path += "/" + (open ? id : segment);
      }
      if (!has_id) continue;
      const auto& body = route.operation->body;
      const auto answer = house_.Call(
          route.method, path,
          body && body->json != nullptr ? json::serialize(SampleOf(*body->json)) : std::string());
      EXPECT_EQ(answer.raw.status, 404) << route.method << " " << path;
    }
  }
}

TEST_F(RoutesTest, OtherMethodsAreToldWhatIsAllowed) {
  const auto answer = house_.Call("PUT", "/api/v1/environments");
  EXPECT_EQ(answer.raw.status, 405);
  EXPECT_EQ(answer.raw.headers.at("allow"), "GET, HEAD, POST");
  EXPECT_EQ(house_.Call("GET", "/api/v1/backups/restore/v2").raw.headers.at("allow"), "POST");
}

TEST_F(RoutesTest, HealthIsOpenAndReadinessTellsWhatFails) {
  EXPECT_EQ(house_.Call("GET", "/healthz").raw.body, R"({"status":"ok"})");
  EXPECT_EQ(house_.Call("GET", "/readyz").raw.status, 200);
  house_.engine_status = Fail(ErrorCode::kEngineUnavailable, "no socket at /secret/place");
  const auto answer = house_.Call("GET", "/readyz");
  EXPECT_EQ(answer.raw.status, 503);
  EXPECT_EQ(answer.body.at("checks").at("engine").as_string(), "engine_unavailable");
  EXPECT_EQ(answer.raw.body.find("secret"), std::string::npos);
}

TEST_F(RoutesTest, ListsComeInPages) {
  for (int i = 0; i < 5; ++i) house_.AddEnvironment(fmt::format("shop-{}", i));
  const auto answer = house_.Call("GET", "/api/v1/environments?page=2&page_size=2");
  ASSERT_EQ(answer.raw.status, 200);
  EXPECT_EQ(answer.body.at("items").as_array().size(), 2U);
  EXPECT_EQ(answer.body.at("total").as_int64(), 5);
  EXPECT_EQ(answer.body.at("page").as_int64(), 2);
  EXPECT_EQ(answer.body.at("page_size").as_int64(), 2);
  EXPECT_EQ(answer.body.at("total_pages").as_int64(), 3);
}

TEST_F(RoutesTest, QueriesAreCheckedLikeBodies) {
  for (const auto& [query, field] :
       {std::pair("page=0", "page"), std::pair("page_size=101", "page_size"),
        std::pair("page=one", "page"), std::pair("page=9999999999999999999999", "page"),
        std::pair("colour=red", "colour"), std::pair("with_deleted=perhaps", "with_deleted")}) {
    const auto answer = house_.Call("GET", fmt::format("/api/v1/environments?{}", query));
    EXPECT_EQ(answer.raw.status, 422) << query;
    EXPECT_EQ(answer.body.at("field").as_string(), field) << query;
  }
  EXPECT_EQ(house_.Call("GET", "/api/v1/backups?status=lost").raw.status, 422);
  EXPECT_EQ(house_.Call("GET", "/api/v1/tasks?kind=lost").raw.status, 422);
}

TEST_F(RoutesTest, ShowsABackupWithTheFieldsOfItsFamily) {
  const domain::Backup backup = house_.AddBackup(house_.AddEnvironment().id);
  const auto answer = house_.Call("GET", "/api/v1/backups/" + backup.id.value);
  ASSERT_EQ(answer.raw.status, 200);
  for (const char* name : {"id",
                           "environment_id",
                           "status",
                           "backup_type",
                           "database_size",
                           "filestore_size",
                           "total_size",
                           "compressed_size",
                           "started_at",
                           "completed_at",
                           "duration_seconds",
                           "expires_at",
                           "is_verified",
                           "verified_at",
                           "notes",
                           "error_message",
                           "created_at",
                           "name",
                           "sha256",
                           "storage_key",
                           "environment_snapshot",
                           "task_id"}) {
    EXPECT_NE(answer.body.get_object().if_contains(name), nullptr) << name;
  }
  EXPECT_EQ(answer.body.at("status").as_string(), "completed");
  EXPECT_EQ(answer.body.at("backup_type").as_string(), "manual");
  EXPECT_TRUE(answer.body.at("expires_at").is_null());
}

TEST_F(RoutesTest, ABackupIsOrderedAndListed) {
  const domain::Environment shop = house_.AddEnvironment();
  const std::string path = fmt::format("/api/v1/backups/environments/{}/backups", shop.id.value);
  const auto made = house_.Call("POST", path, R"({"name":"before update"})");
  ASSERT_EQ(made.raw.status, 202) << made.raw.body;
  EXPECT_EQ(made.body.at("status").as_string(), "pending");
  EXPECT_EQ(made.body.at("name").as_string(), "before update");
  const auto task =
      house_.Call("GET", "/api/v1/tasks/" + std::string(made.body.at("task_id").as_string()));
  EXPECT_EQ(task.body.at("kind").as_string(), "backup");
  EXPECT_EQ(house_.Call("GET", path).body.at("items").at(0), made.body);
  EXPECT_EQ(house_.Call("GET", "/api/v1/backups?status=pending").body.at("total").as_int64(), 1);
  EXPECT_EQ(house_.Call("GET", "/api/v1/backups?status=failed").body.at("total").as_int64(), 0);
  EXPECT_EQ(house_.Call("POST", path, R"({"backup_type":"pre_restore"})").raw.status, 422);
  EXPECT_EQ(house_.Call("POST", path, "[]").raw.status, 422);
  EXPECT_EQ(house_.Call("POST", path, "{").raw.status, 400);
}

TEST_F(RoutesTest, ABackupIsIncrementalWhenThatIsAskedFor) {
  const domain::Environment shop = house_.AddEnvironment();
  const std::string path = fmt::format("/api/v1/backups/environments/{}/backups", shop.id.value);
  const auto made = house_.Call("POST", path, R"({"incremental":true})");
  ASSERT_EQ(made.raw.status, 202) << made.raw.body;
  EXPECT_TRUE(made.body.at("incremental").as_bool());
  const domain::Backup whole = house_.AddBackup(shop.id, "the archive");
  const auto shown = house_.Call("GET", "/api/v1/backups/" + whole.id.value);
  EXPECT_FALSE(shown.body.at("incremental").as_bool());
}

TEST_F(RoutesTest, ADownloadIsTheArchiveAndServesRanges) {
  const domain::Backup backup = house_.AddBackup(house_.AddEnvironment().id, "the archive");
  const std::string path = fmt::format("/api/v1/backups/{}/download", backup.id.value);
  const auto whole = house_.Call("GET", path);
  EXPECT_EQ(whole.raw.body, "the archive");
  EXPECT_EQ(whole.raw.headers.at("etag"), "\"" + backup.sha256 + "\"");
  EXPECT_NE(whole.raw.headers.at("content-disposition").find("nightly.zip"), std::string::npos);
  const auto part = house_.Call("GET", path, "", "Range: bytes=4-6\r\n");
  EXPECT_EQ(part.raw.status, 206);
  EXPECT_EQ(part.raw.body, "arc");
}

TEST_F(RoutesTest, AnImportStoresWhatWasSent) {
  const std::string content(3 << 20, 'i');
  const auto answer =
      house_.Call("POST", "/api/v1/backups/import?name=old%20shop&notes=n", content);
  ASSERT_EQ(answer.raw.status, 202) << answer.raw.body;
  EXPECT_EQ(answer.body.at("name").as_string(), "old shop");
  EXPECT_EQ(answer.body.at("backup_type").as_string(), "imported");
  EXPECT_EQ(answer.body.at("sha256").as_string(), HashOf(HashKind::kSha256, content));
  EXPECT_EQ(answer.body.at("compressed_size").to_number<std::size_t>(), content.size());
  EXPECT_EQ(house_.Call("POST", "/api/v1/backups/import", "x").raw.status, 422);
}

TEST_F(RoutesTest, AnImportIsRefusedByItsLengthWhereThereIsNoRoomForIt) {
  house_.folder = {house_.tenancy.LocalServer()->id, "2049", 50, 100};
  const std::string path = "/api/v1/backups/import?name=old";
  const auto refused = house_.Call("POST", path, std::string(51, 'i'));
  EXPECT_EQ(refused.raw.status, 507) << refused.raw.body;
  EXPECT_EQ(refused.body.at("code").as_string(), "no_space");
  EXPECT_EQ(house_.Call("POST", path, std::string(50, 'i')).raw.status, 202);
}

TEST_F(RoutesTest, DeletingABackupNeedsItsName) {
  const domain::Backup backup = house_.AddBackup(house_.AddEnvironment().id);
  const std::string path = "/api/v1/backups/" + backup.id.value;
  EXPECT_EQ(house_.Call("DELETE", path).raw.status, 412);
  const auto answer = house_.Call("DELETE", path + "?confirm=nightly");
  EXPECT_EQ(answer.raw.status, 200);
  EXPECT_EQ(answer.body.at("status").as_string(), "deleted");
}

TEST_F(RoutesTest, VerifyingIsATask) {
  const domain::Backup backup = house_.AddBackup(house_.AddEnvironment().id);
  const auto answer =
      house_.Call("POST", fmt::format("/api/v1/backups/{}/verify", backup.id.value));
  EXPECT_EQ(answer.raw.status, 202);
  EXPECT_EQ(answer.body.at("kind").as_string(), "verify");
  EXPECT_EQ(answer.body.at("status").as_string(), "queued");
}

TEST_F(RoutesTest, AdoptingTellsWhichContainerIsMissing) {
  const auto answer = house_.Call("POST", "/api/v1/environments/adopt",
                                  R"({"name":"shop","odoo_container":"o","db_container":"d"})");
  EXPECT_EQ(answer.raw.status, 409) << answer.raw.body;
  EXPECT_EQ(answer.body.at("code").as_string(), "container_missing");
  const auto incomplete = house_.Call("POST", "/api/v1/environments/adopt", "{}");
  EXPECT_EQ(incomplete.raw.status, 422);
  EXPECT_EQ(incomplete.body.at("errors").as_array().size(), 3U);
}

TEST_F(RoutesTest, ANewEnvironmentIsDeployedByATask) {
  const auto answer = house_.Call("POST", "/api/v1/environments",
                                  R"({"name":"fresh","odoo_version":"16.0",)"
                                  R"("environment_type":"testing"})");
  ASSERT_EQ(answer.raw.status, 202) << answer.raw.body;
  EXPECT_EQ(answer.body.at("environment").at("status").as_string(), "deploying");
  EXPECT_EQ(answer.body.at("environment").at("environment_type").as_string(), "testing");
  const auto task =
      house_.Call("GET", "/api/v1/tasks/" + std::string(answer.body.at("task_id").as_string()));
  EXPECT_EQ(task.body.at("kind").as_string(), "deploy");
}

TEST_F(RoutesTest, RemovingAnEnvironmentNeedsItsName) {
  const domain::Environment shop = house_.AddEnvironment();
  const std::string path = "/api/v1/environments/" + shop.id.value;
  EXPECT_EQ(house_.Call("DELETE", path).raw.status, 412);
  EXPECT_EQ(house_.Call("DELETE", path + "?confirm=shop").raw.status, 202);
}

TEST_F(RoutesTest, TasksAreShownCancelledAndLogged) {
  const domain::Environment shop = house_.AddEnvironment();
  const auto made = house_.Call(
      "POST", fmt::format("/api/v1/backups/environments/{}/backups", shop.id.value), "{}");
  const std::string path = "/api/v1/tasks/" + std::string(made.body.at("task_id").as_string());
  const auto shown = house_.Call("GET", path);
  for (const char* name : {"id", "kind", "status", "percent", "step", "eta_seconds", "error_code",
                           "error_message", "error_hint", "error_step", "steps", "subject_id",
                           "created_at", "started_at", "completed_at", "attempts"}) {
    EXPECT_NE(shown.body.get_object().if_contains(name), nullptr) << name;
  }
  const auto cancelled = house_.Call("POST", path + "/cancel");
  EXPECT_EQ(cancelled.raw.status, 202);
  EXPECT_EQ(cancelled.body.at("status").as_string(), "cancelled");
  EXPECT_EQ(house_.Call("POST", path + "/cancel").raw.status, 409);
  const auto log = house_.Call("GET", path + "/log");
  EXPECT_EQ(log.raw.headers.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(log.raw.body, "2024-12-11T11:00:00Z  queued\n2024-12-11T11:00:00Z  cancelled\n");
}

TEST_F(RoutesTest, ProjectsAndServersListTheDefaults) {
  EXPECT_EQ(house_.Call("GET", "/api/v1/projects").body.at("items").at(0).at("id").as_string(),
            house_.catalog.project().value);
  EXPECT_EQ(house_.Call("GET", "/api/v1/servers").body.at("items").at(0).at("id").as_string(),
            house_.catalog.server().value);
}

}  // namespace
}  // namespace reprise::api
