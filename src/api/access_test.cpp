#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "api/session_cookie.hpp"
#include "api/testing/access_world.hpp"

// What the table of access_matrix_test.cpp cannot tell: forged ids, what lists hold, sign-in.
namespace reprise::api {
namespace {

using testing::AccessWorld;

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    their_environment_ = world_.AddEnvironment(world_.their_project);
    their_backup_ = world_.AddBackup(world_.their_project, their_environment_);
    environment_ = world_.AddEnvironment(world_.project);
    backup_ = world_.AddBackup(world_.project, environment_);
  }
  int Status(std::string_view caller, std::string_view method, std::string_view target,
             const std::string& body = "") {
    return world_.Call(caller, method, target, body).status;
  }
  std::int64_t Total(std::string_view caller, std::string_view target) {
    const auto answer = world_.Call(caller, "GET", target);
    return answer.status == 200 ? answer.body.at("total").as_int64() : -answer.status;
  }
  // Somebody who is an owner of both organizations.
  std::string BothSides() {
    const domain::UserId user = world_.AddMember(world_.ours, "owner");
    AccessWorld::Must(
        world_.house.organizations.PutMember({world_.theirs, user, {"owner", {}}, {}, {}, {}}));
    world_.tokens["both"] = world_.TokenOf(user);
    return "both";
  }

  AccessWorld world_;
  domain::EnvironmentId their_environment_;
  domain::EnvironmentId environment_;
  domain::BackupId their_backup_;
  domain::BackupId backup_;
};

TEST_F(AccessTest, AForgedIdInABodyIsNotThere) {
  const std::string v2 = "/api/v1/backups/restore/v2";
  const std::string server = world_.AddServer(world_.theirs).value;
  for (const std::string& body :
       {fmt::format(R"({{"backup_id":"{}","target":{{"mode":"existing","environment_id":"{}"}}}})",
                    backup_.value, their_environment_.value),
        fmt::format(R"({{"backup_id":"{}","target":{{"mode":"original","environment_id":"{}"}}}})",
                    backup_.value, their_environment_.value),
        fmt::format(R"({{"backup_id":"{}","target":{{"mode":"original"}}}})", their_backup_.value),
        fmt::format(R"({{"backup_id":"{}","target":{{"mode":"new","new_environment":)"
                    R"({{"name":"n"}}}}}})",
                    their_backup_.value),
        fmt::format(R"({{"backup_id":"{}","target":{{"mode":"cross_server","server_id":"{}",)"
                    R"("new_environment":{{"name":"n"}}}}}})",
                    backup_.value, server),
        fmt::format(R"({{"backup_id":"{}","target":{{"mode":"cross_server","new_environment":)"
                    R"({{"name":"n","server_id":"{}"}}}}}})",
                    backup_.value, server)}) {
    EXPECT_EQ(Status("owner", "POST", v2, body), 404) << body;
  }
  EXPECT_EQ(Status("owner", "POST", "/api/v1/backups/restore",
                   fmt::format(R"({{"backup_id":"{}","target_environment_id":"{}"}})",
                               backup_.value, their_environment_.value)),
            404);
  EXPECT_EQ(Status("owner", "POST", "/api/v1/environments",
                   fmt::format(R"({{"project_id":"{}","name":"n","odoo_version":"16.0"}})",
                               world_.their_project.value)),
            404);
  EXPECT_EQ(Status("owner", "POST", "/api/v1/environments",
                   fmt::format(R"({{"name":"n","odoo_version":"16.0","server_id":"{}"}})", server)),
            404);
}

TEST_F(AccessTest, AForgedIdInAQueryIsNotThere) {
  for (const std::string& target : {"/api/v1/environments?project_id=" + world_.their_project.value,
                                    "/api/v1/backups?project_id=" + world_.their_project.value,
                                    "/api/v1/backups?environment_id=" + their_environment_.value,
                                    "/api/v1/restores?backup_id=" + their_backup_.value,
                                    "/api/v1/tasks?project_id=" + world_.their_project.value,
                                    "/api/v1/projects?organization_id=" + world_.theirs.value,
                                    "/api/v1/tokens?organization_id=" + world_.theirs.value}) {
    EXPECT_EQ(Status("owner", "GET", target), 404) << target;
  }
  EXPECT_EQ(Status("owner", "POST",
                   "/api/v1/backups/import?name=x&project_id=" + world_.their_project.value),
            404);
}

TEST_F(AccessTest, NothingCrossesOrganizationsForThoseWhoOwnBothEither) {
  const std::string body =
      fmt::format(R"({{"backup_id":"{}","target":{{"mode":"existing","environment_id":"{}"}}}})",
                  backup_.value, their_environment_.value);
  EXPECT_EQ(Status(BothSides(), "POST", "/api/v1/backups/restore/v2", body), 403);
  EXPECT_EQ(Status("installation", "POST", "/api/v1/backups/restore/v2", body), 403);
  const domain::ServerId server = world_.AddServer(world_.theirs);
  EXPECT_EQ(Status("installation", "POST", "/api/v1/environments",
                   fmt::format(R"({{"project_id":"{}","name":"n","odoo_version":"16.0",)"
                               R"("server_id":"{}"}})",
                               world_.project.value, server.value)),
            403);
  const std::string grants = fmt::format("/api/v1/organizations/{}/teams/{}/grants",
                                         world_.ours.value, world_.AddTeam(world_.ours).value);
  EXPECT_EQ(
      Status("both", "POST", grants,
             fmt::format(R"({{"project_id":"{}","role":"admin"}})", world_.their_project.value)),
      403);
}

TEST_F(AccessTest, ATeamOfAnotherOrganizationIsNotInThisOne) {
  const std::string team = world_.AddTeam(world_.theirs).value;
  const std::string path =
      fmt::format("/api/v1/organizations/{}/teams/{}", world_.ours.value, team);
  for (const std::string_view method : {"GET", "PATCH", "DELETE"}) {
    EXPECT_EQ(Status("owner", method, path, R"({"name":"x"})"), 404) << method;
  }
  const std::string own = world_.AddTeam(world_.ours).value;
  EXPECT_EQ(Status("owner", "POST",
                   fmt::format("/api/v1/organizations/{}/teams/{}/members", world_.ours.value, own),
                   fmt::format(R"({{"user_id":"{}"}})", world_.users.at("foreign owner").value)),
            409);
}

TEST_F(AccessTest, ListsHoldWhatTheCallerMaySeeAndCountNoMore) {
  for (const std::string_view list : {"/api/v1/environments", "/api/v1/backups"}) {
    EXPECT_EQ(Total("installation", list), 2) << list;
    EXPECT_EQ(Total("owner", list), 1) << list;
    EXPECT_EQ(Total("admin", list), 1) << list;
    EXPECT_EQ(Total("developer", list), 0) << list;
    EXPECT_EQ(Total("project viewer", list), 1) << list;
    EXPECT_EQ(Total("foreign owner", list), 1) << list;
  }
  EXPECT_EQ(Total("scoped token", "/api/v1/backups"), 1);
  EXPECT_EQ(Total("scoped token", "/api/v1/environments"), 0);
  const std::string theirs = world_.Call("foreign owner", "GET", "/api/v1/backups")
                                 .body.at("items")
                                 .at(0)
                                 .at("id")
                                 .as_string()
                                 .c_str();
  EXPECT_EQ(theirs, their_backup_.value);
  EXPECT_EQ(Total("viewer", "/api/v1/projects"), 0);
  EXPECT_EQ(Total("owner", "/api/v1/projects"), 1);
  EXPECT_EQ(Total("installation", "/api/v1/projects"), 2);
  EXPECT_EQ(Total("owner", "/api/v1/organizations"), 1);
  EXPECT_EQ(Total("installation", "/api/v1/organizations"), 2);
  EXPECT_EQ(Total("foreign owner", "/api/v1/users"), 1);
}

TEST_F(AccessTest, ServersOfAnotherOrganizationAreNotListed) {
  world_.AddServer(world_.theirs);
  EXPECT_EQ(Total("owner", "/api/v1/servers"), 1);
  EXPECT_EQ(Total("viewer", "/api/v1/servers"), 0);
  EXPECT_EQ(Total("foreign owner", "/api/v1/servers"), 2);
  EXPECT_EQ(Total("installation", "/api/v1/servers"), 2);
}

TEST_F(AccessTest, AnIdempotencyKeyIsItsTenantsOwn) {
  const auto order = [&](std::string_view caller, const domain::EnvironmentId& environment) {
    const auto answer = world_.Call(
        caller, "POST", fmt::format("/api/v1/backups/environments/{}/backups", environment.value),
        R"({"idempotency_key":"nightly"})");
    EXPECT_EQ(answer.status, 202) << answer.text;
    return std::string(answer.body.at("id").as_string());
  };
  const std::string ours = order("owner", environment_);
  const std::string theirs = order("foreign owner", their_environment_);
  EXPECT_NE(ours, theirs);
  EXPECT_EQ(order("owner", environment_), ours);
  EXPECT_EQ(order("foreign owner", their_environment_), theirs);
}

TEST_F(AccessTest, ADenialForOnePersonWinsOverTheRole) {
  const std::string path = "/api/v1/backups/" + backup_.value;
  EXPECT_EQ(Status("project admin", "GET", path), 200);
  const auto denied = world_.Call(
      "owner", "POST", fmt::format("/api/v1/organizations/{}/overrides", world_.ours.value),
      fmt::format(R"({{"user_id":"{}","permission":"project.backups.view","effect":"deny"}})",
                  world_.users.at("project admin").value));
  ASSERT_EQ(denied.status, 201) << denied.text;
  EXPECT_EQ(Status("project admin", "GET", path), 404);
  const std::string override_path =
      fmt::format("/api/v1/organizations/{}/overrides/{}", world_.ours.value,
                  std::string(denied.body.at("id").as_string()));
  EXPECT_EQ(Status("owner", "DELETE", override_path), 204);
  EXPECT_EQ(Status("project admin", "GET", path), 200);
}

TEST_F(AccessTest, OnlyOwnersDealWithOwners) {
  const std::string path = fmt::format("/api/v1/organizations/{}/members/{}", world_.ours.value,
                                       world_.users.at("owner").value);
  EXPECT_EQ(Status("admin", "DELETE", path), 403);
  EXPECT_EQ(Status("admin", "PATCH", path, R"({"role":"viewer"})"), 403);
  EXPECT_EQ(Status("owner", "DELETE", path), 409) << "the last one";
  EXPECT_EQ(Status("installation", "DELETE", path), 409);
  EXPECT_EQ(
      Status("admin", "POST", fmt::format("/api/v1/organizations/{}/overrides", world_.ours.value),
             fmt::format(R"({{"user_id":"{}","permission":"org.view","effect":"deny"}})",
                         world_.users.at("owner").value)),
      403);
}

TEST_F(AccessTest, ATokenCannotMakeAWiderOne) {
  domain::PermissionSet scopes;
  scopes.Add(domain::Permission::kProjectBackupsView);
  world_.tokens["narrow"] = world_.TokenOf(world_.users.at("owner"), scopes);
  EXPECT_EQ(Status("narrow", "POST", "/api/v1/tokens", R"({"name":"x"})"), 403);
  EXPECT_EQ(
      Status("narrow", "POST", "/api/v1/tokens", R"({"name":"x","scopes":["org.members.manage"]})"),
      403);
  EXPECT_EQ(Status("narrow", "POST", "/api/v1/tokens",
                   R"({"name":"x","scopes":["project.backups.view"]})"),
            201);
  EXPECT_EQ(
      Status("narrow", "POST", "/api/v1/auth/password", R"({"password":"x","new_password":"y"})"),
      403);
}

TEST_F(AccessTest, StreamsEndForThoseWhoLoseTheirPlace) {
  const domain::UserId user = world_.users.at("project viewer");
  const auto task = world_.house.journal.Submit(
      {.kind = domain::TaskKind::kVerify, .project_id = world_.project});
  Request request;
  request.method = "GET";
  request.path = "/api/v1/tasks/" + task->id.value + "/events";
  request.headers.Add("Authorization", "Bearer " + world_.tokens.at("project viewer"));
  const auto route = world_.house.router.Admit(request);
  ASSERT_TRUE(route);
  const Response response = world_.house.router.Handle(Context(), **route, request);
  const auto feed = std::get<LiveBody>(response.body).open([] {});
  EXPECT_NE(feed->Take().text.find("task.queued"), std::string::npos);
  AccessWorld::Must(world_.house.organizations.RemoveMember(world_.ours, user));
  for (int i = 0; i < 500; ++i) {
    if (feed->Take().ended) {
      feed->Close();
      return;
    }
    std::this_thread::yield();
    world_.house.journal.WaitForEvents(1 << 30, std::chrono::milliseconds(20));
  }
  FAIL() << "the stream goes on";
}

TEST_F(AccessTest, TheStreamOfAllTellsOnlyOfOnesOwn) {
  for (const domain::ProjectId& project : {world_.project, world_.their_project}) {
    ASSERT_TRUE(
        world_.house.journal.Submit({.kind = domain::TaskKind::kVerify, .project_id = project}));
  }
  Request request;
  request.method = "GET";
  request.path = "/api/v1/events";
  request.query = {{"after", "0"}};
  request.headers.Add("Authorization", "Bearer " + world_.tokens.at("foreign owner"));
  const auto route = world_.house.router.Admit(request);
  ASSERT_TRUE(route);
  const Response response = world_.house.router.Handle(Context(), **route, request);
  const auto feed = std::get<LiveBody>(response.body).open([] {});
  const std::string text = feed->Take().text;
  feed->Close();
  EXPECT_EQ(text.find("id: 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("id: 2\n"), std::string::npos) << text;
}

class SignInTest : public ::testing::Test {
 protected:
  SignInTest() {
    const auto created =
        world_.Call("installation", "POST", "/api/v1/users", R"({"email":"ann@x.test"})");
    EXPECT_EQ(created.status, 201) << created.text;
    one_time_ = created.body.at("one_time_password").as_string().c_str();
  }
  AccessWorld::Answer Login(const std::string& password) {
    return world_.Call("nobody", "POST", "/api/v1/auth/login",
                       fmt::format(R"({{"email":"ann@x.test","password":"{}"}})", password));
  }
  static std::string CookieOf(const AccessWorld::Answer& answer) {
    for (const auto& [name, value] : answer.headers) {
      if (name == "Set-Cookie") return value;
    }
    return {};
  }
  AccessWorld::Answer WithCookie(std::string_view method, std::string_view path,
                                 const std::string& body, const std::string& csrf) {
    std::vector<Headers::Field> headers = {{"Cookie", "theme=dark; " + cookie_}};
    if (!csrf.empty()) headers.emplace_back("X-CSRF-Token", csrf);
    return world_.Call("nobody", method, path, body, headers);
  }
  // Signs in and has chosen a password.
  void SignIn() {
    const auto first = Login(one_time_);
    ASSERT_EQ(first.status, 200) << first.text;
    cookie_ = CookieOf(first).substr(0, CookieOf(first).find(';'));
    csrf_ = first.body.at("csrf_token").as_string().c_str();
    const auto changed = WithCookie(
        "POST", "/api/v1/auth/password",
        fmt::format(R"({{"password":"{}","new_password":"a long password"}})", one_time_), csrf_);
    ASSERT_EQ(changed.status, 204) << changed.text;
  }

  AccessWorld world_;
  std::string one_time_;
  std::string cookie_;
  std::string csrf_;
};

TEST_F(SignInTest, TheCookieIsOutOfReachOfScriptsAndOtherSites) {
  const std::string cookie = CookieOf(Login(one_time_));
  EXPECT_NE(cookie.find("; HttpOnly"), std::string::npos) << cookie;
  EXPECT_NE(cookie.find("; SameSite=Strict"), std::string::npos) << cookie;
  EXPECT_EQ(cookie.find("; Secure"), std::string::npos) << "plain HTTP would lose it";
  Request over_tls_request;
  over_tls_request.over_tls = true;
  const auto over_tls =
      world_.Send(over_tls_request, "POST", "/api/v1/auth/login",
                  fmt::format(R"({{"email":"ann@x.test","password":"{}"}})", one_time_));
  const auto pretended =
      world_.Call("nobody", "POST", "/api/v1/auth/login",
                  fmt::format(R"({{"email":"ann@x.test","password":"{}"}})", one_time_),
                  {{"X-Forwarded-Proto", "https"}});
  EXPECT_EQ(CookieOf(pretended).find("; Secure"), std::string::npos) << "from no trusted proxy";
  EXPECT_NE(CookieOf(over_tls).find("; Secure"), std::string::npos);
}

TEST_F(SignInTest, WithAOneTimePasswordThereIsNothingToDoButToChangeIt) {
  const auto first = Login(one_time_);
  EXPECT_TRUE(first.body.at("must_change_password").as_bool());
  cookie_ = CookieOf(first).substr(0, CookieOf(first).find(';'));
  EXPECT_EQ(WithCookie("GET", "/api/v1/projects", "", "").status, 403);
  EXPECT_EQ(WithCookie("GET", "/api/v1/auth/me", "", "").status, 200);
  SignIn();
  EXPECT_EQ(WithCookie("GET", "/api/v1/projects", "", "").status, 200);
}

TEST_F(SignInTest, WhatChangesSomethingNeedsTheTokenBesideTheCookie) {
  SignIn();
  EXPECT_EQ(WithCookie("GET", "/api/v1/tokens", "", "").status, 200);
  EXPECT_EQ(WithCookie("POST", "/api/v1/tokens", R"({"name":"x"})", "").status, 403);
  EXPECT_EQ(WithCookie("POST", "/api/v1/tokens", R"({"name":"x"})", "guess").status, 403);
  const auto made = WithCookie("POST", "/api/v1/tokens", R"({"name":"x"})", csrf_);
  ASSERT_EQ(made.status, 201) << made.text;
  const auto me = WithCookie("GET", "/api/v1/auth/me", "", "");
  EXPECT_EQ(me.body.at("csrf_token").as_string(), csrf_);
  world_.tokens["made"] = made.body.at("token").as_string().c_str();
  EXPECT_EQ(world_.Call("made", "POST", "/api/v1/tokens", R"({"name":"y"})").status, 201)
      << "a token needs no other";
  const auto listed = world_.Call("made", "GET", "/api/v1/tokens");
  EXPECT_EQ(listed.text.find(world_.tokens["made"]), std::string::npos) << "shown once";
}

TEST_F(SignInTest, LoggingOutEndsTheSession) {
  SignIn();
  const auto sessions = WithCookie("GET", "/api/v1/auth/sessions", "", "");
  EXPECT_EQ(sessions.body.at("total").as_int64(), 1);
  EXPECT_TRUE(sessions.body.at("items").at(0).at("is_current").as_bool());
  EXPECT_EQ(WithCookie("POST", "/api/v1/auth/logout", "", csrf_).status, 204);
  EXPECT_EQ(WithCookie("GET", "/api/v1/auth/me", "", "").status, 401);
}

TEST_F(SignInTest, AStormOfGuessesIsToldToWait) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Login("wrong").status, 401);
  const auto refused = Login("wrong");
  EXPECT_EQ(refused.status, 429);
  bool told = false;
  for (const auto& [name, value] : refused.headers) told = told || name == "Retry-After";
  EXPECT_TRUE(told);
}

TEST_F(SignInTest, AnExpiredTokenIsNone) {
  const auto made =
      world_.Call("owner", "POST", "/api/v1/tokens", R"({"name":"ci","expires_in_days":1})");
  ASSERT_EQ(made.status, 201);
  world_.tokens["ci"] = made.body.at("token").as_string().c_str();
  EXPECT_EQ(world_.Call("ci", "GET", "/api/v1/auth/me").status, 200);
  world_.house.clock.Advance(std::chrono::hours(24));
  EXPECT_EQ(world_.Call("ci", "GET", "/api/v1/auth/me").status, 401);
}

TEST(UploadAccess, AnUploadIsItsOwnersAndNobodyElseKnowsOfIt) {
  AccessWorld world;
  const std::string uploads = "/api/v1/backups/uploads";
  const std::string body =
      R"({"file_name":"a.zip","total_bytes":10,"project_id":")" + world.project.value + R"("})";
  const auto begun = world.Call("project developer", "POST", uploads, body);
  ASSERT_EQ(begun.status, 201) << begun.text;
  const std::string id(begun.body.at("id").as_string());
  const std::string one = uploads + "/" + id;
  const std::vector<Headers::Field> offset = {{"Upload-Offset", "0"}};
  for (const std::string_view other : {"owner", "project admin", "foreign owner"}) {
    EXPECT_EQ(world.Call(other, "GET", one).status, 404) << other;
    EXPECT_EQ(world.Call(other, "PATCH", one, "", offset).status, 404) << other;
    EXPECT_EQ(world.Call(other, "POST", one + "/complete").status, 404) << other;
    EXPECT_EQ(world.Call(other, "DELETE", one).status, 404) << other;
    EXPECT_EQ(world.Call(other, "GET", uploads).body.at("total").as_int64(), 0) << other;
  }
  for (const std::string& forged : {NewUuid(), std::string("..%2f"), std::string("x")}) {
    EXPECT_EQ(world.Call("project developer", "PATCH", uploads + "/" + forged, "", offset).status,
              404)
        << forged;
  }
  EXPECT_EQ(world.Call("project developer", "GET", uploads).body.at("total").as_int64(), 1);
  const std::vector<Headers::Field> wrong = {{"Upload-Offset", "3"}};
  const auto refused = world.Call("project developer", "PATCH", one, "", wrong);
  EXPECT_EQ(refused.status, 409);
  const Headers::Field right{"Upload-Offset", "0"};
  EXPECT_NE(std::find(refused.headers.begin(), refused.headers.end(), right),
            refused.headers.end());
  const auto sent = world.Call("project developer", "PATCH", one, "", offset);
  EXPECT_EQ(sent.status, 200) << sent.text;
  EXPECT_EQ(sent.body.at("offset").as_int64(), 10);
  const auto done = world.Call("project developer", "POST", one + "/complete");
  EXPECT_EQ(done.status, 202) << done.text;
  EXPECT_EQ(done.body.at("id").as_string(), id);
  EXPECT_EQ(world.Call("project developer", "GET", uploads).body.at("total").as_int64(), 0);
}

TEST(UploadAccess, WhoMayNoLongerImportGoesOnWithNothing) {
  AccessWorld world;
  const std::string id = world.AddUpload().value;
  const domain::UserId developer = world.users.at("project developer");
  const catalog::Override denied{
      {NewUuid()},
      world.ours,
      developer,
      {domain::Permission::kProjectBackupsCreate, domain::OverrideEffect::kDeny, world.project},
      world.Now()};
  AccessWorld::Must(world.house.organizations.PutOverride(denied));
  const auto sent = world.Call("project developer", "PATCH", "/api/v1/backups/uploads/" + id, "",
                               {{"Upload-Offset", "0"}});
  EXPECT_EQ(sent.status, 403);
}

}  // namespace
}  // namespace reprise::api
