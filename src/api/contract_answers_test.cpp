#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "access/totp.hpp"
#include "api/testing/access_world.hpp"
#include "docker/scripted_server.hpp"
#include "docker/testing/ssh_server.hpp"

// Every call of the API answered well at least once: ApiHouse holds each answer against
// openapi.yaml, and at the end nothing that is described may be left unseen.
namespace reprise::api {
namespace {

namespace json = boost::json;
using testing::AccessWorld;
using testing::ApiHouse;
using testing::RawClient;
using testing::RawResponse;
using Names = std::set<std::string>;

class ContractAnswersTest : public ::testing::Test {
 protected:
  // A call that must go well; its body.
  json::value Well(int status, std::string_view method, const std::string& path,
                   std::string_view body = "", std::string_view headers = "") {
    const auto answer = house_.Call(method, path, body, headers);
    EXPECT_EQ(answer.raw.status, status) << method << " " << path << ": " << answer.raw.body;
    if (method == "GET" && status == 200 && answer.raw.headers.contains("etag")) {
      const auto again = house_.Call("GET", path, "", "If-None-Match: *\r\n");
      EXPECT_EQ(again.raw.status, 304) << path;
    }
    return answer.body;
  }
  // The same as one of AccessWorld's callers; "{@team}" is a new team.
  json::value As(std::string_view caller, int status, std::string_view method,
                 const std::string& path, const std::string& body = "") {
    const auto answer = world_.Call(caller, method, world_.Fill(path), world_.Fill(body));
    EXPECT_EQ(answer.status, status) << method << " " << path << ": " << answer.text;
    const bool has_tag =
        std::any_of(answer.headers.begin(), answer.headers.end(),
                    [](const Headers::Field& field) { return field.first == "ETag"; });
    if (method == "GET" && status == 200 && has_tag) {
      const auto again =
          world_.Call(caller, "GET", world_.Fill(path), "", {{"If-None-Match", "*"}});
      EXPECT_EQ(again.status, 304) << path;
    }
    return answer.body;
  }
  static std::string Text(const json::value& body, std::string_view name) {
    const json::value* value = body.is_object() ? body.get_object().if_contains(name) : nullptr;
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  }
  // Reads a live stream until `last` has come.
  void Follow(const std::string& path, std::string_view last) {
    RawClient client(house_.server->port());
    client.Send(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", path,
                            ApiHouse::kToken));
    ASSERT_TRUE(client.ReadUntil(last)) << client.inbox();
    ASSERT_TRUE(client.ReadUntil("\n\n"));
    house_.HoldToContract("GET", path,
                          {200, "", {{"content-type", "text/event-stream"}}, client.inbox()});
  }

  void Installation();
  void Servers();
  void Webhooks();
  void ProviderSignIn();
  void Environments();
  void Backups();
  void Storages();
  void Restores();
  void Tasks();
  void Upkeep();
  void Rescue();
  void Snapshots();
  void Account();
  void Organizations();
  void Teams();
  void Rights();
  void People();
  // Leads a queued task through all kinds of events to its failure.
  void RunToFailure(const domain::TaskId& id);
  domain::RestorePoint AddEndedRestore();

  AccessWorld world_;
  ApiHouse& house_ = world_.house;
  domain::Environment shop_ = house_.AddEnvironment();
};

// Programs in the containers of a shop on Odoo 14, as adopting asks them.
Result<int> ShopPrograms(const Context& ctx, std::string_view, const docker::ExecSpec& spec,
                         const docker::ExecStreams& streams) {
  std::string sql;
  if (streams.input != nullptr) {
    ASSIGN_OR_RETURN(sql, ReadAll(ctx, *streams.input, ByteCount{1} << 20U));
  }
  std::string output;
  if (spec.argv.front() == "odoo") output = "Odoo Server 14.0-20221114\n";
  if (sql.find("FROM pg_database") != std::string::npos) {
    output =
        "main\x1f"
        "16384\x1fodoo\x1ft\x1fUTF8\x1f"
        "C.UTF-8\x1f"
        "C.UTF-8\n";
  }
  if (sql.find("to_regclass") != std::string::npos) output = "t\n";
  if (streams.output != nullptr) RETURN_IF_ERROR(streams.output->Write(ctx, BytesOf(output)));
  return 0;
}

void ContractAnswersTest::Webhooks() {
  const std::string all = "/api/v1/organizations/" + world_.ours.value + "/webhooks";
  const json::value made =
      Well(201, "POST", all, R"({"name":"ops","url":"https://x.test/","events":["task.failed"]})");
  EXPECT_TRUE(Text(made, "secret").starts_with("whsec_"));
  const std::string one = all + "/" + Text(made, "id");
  Well(200, "GET", all);
  Well(200, "GET", one);
  Well(200, "PATCH", one, R"({"is_enabled":false,"name":"other"})");
  const json::value sent = Well(202, "POST", one + "/test");
  Well(200, "GET", one + "/deliveries");
  Well(202, "POST", one + "/deliveries/" + Text(sent, "id") + "/redeliver");
  Well(204, "DELETE", one);
}

// As a browser goes: to the provider and back.
void ContractAnswersTest::ProviderSignIn() {
  const json::value told = Well(200, "GET", "/api/v1/auth/oidc");
  EXPECT_EQ(Text(told, "name"), "Example");
  const auto begun = house_.Call("GET", Text(told, "start"));
  EXPECT_EQ(begun.raw.status, 302);
  const std::string& url = begun.raw.headers.at("location");
  const auto in_url = [&](const std::string& name) {
    const std::size_t at = url.find("&" + name + "=") + name.size() + 2;
    return url.substr(at, url.find('&', at) - at);
  };
  AccessWorld::Must(house_.users.Insert([&] {
    catalog::User user;
    user.id.value = NewUuid();
    user.email = "ann@provider.test";
    return user;
  }()));
  const std::int64_t now = ToMicros(world_.Now()) / 1'000'000;
  house_.fake_provider.token =
      house_.fake_provider.first.Token({{"iss", access::testing::FakeProvider::kIssuer},
                                        {"aud", "reprise"},
                                        {"sub", "ann"},
                                        {"exp", now + 60},
                                        {"iat", now},
                                        {"nonce", in_url("nonce")},
                                        {"email", "ann@provider.test"},
                                        {"email_verified", true}});
  const std::string& cookie = begun.raw.headers.at("set-cookie");
  EXPECT_NE(cookie.find("; Path=/api/v1/auth/oidc; Max-Age=600; HttpOnly; SameSite=Lax"),
            std::string::npos);
  const std::string back = "/api/v1/auth/oidc/callback?code=x&session_state=y&iss=" +
                           std::string(access::testing::FakeProvider::kIssuer) +
                           "&state=" + in_url("state");
  const std::string headers =
      "Accept: text/html\r\nCookie: " + cookie.substr(0, cookie.find(';')) + "\r\n";
  const auto done = house_.Call("GET", back, "", headers);
  EXPECT_EQ(done.raw.status, 302) << done.raw.body;
  EXPECT_EQ(done.raw.headers.at("location"), "/");
  const auto logged = house_.audit.List({}, {});
  ASSERT_TRUE(logged);
  EXPECT_EQ(logged->items.front().action, "finishProviderSignIn");
  EXPECT_EQ(logged->items.front().actor_name, "ann@provider.test");
  // Once more: a page that says why not.
  const auto again = house_.Call("GET", back, "", headers);
  EXPECT_EQ(again.raw.status, 401);
  EXPECT_NE(again.raw.body.find("This answer of the sign-in provider was used already."),
            std::string::npos);
}

void ContractAnswersTest::Installation() {
  Well(200, "GET", "/healthz");
  Well(200, "GET", "/readyz");
  Well(200, "GET", "/openapi.json");
  Well(200, "GET", "/docs");
  Well(200, "GET", "/api/v1/projects");
  Well(200, "GET", "/api/v1/servers");
  Servers();
  Well(200, "GET", "/api/v1/audit");
  Well(200, "GET", "/metrics");
  Webhooks();
  ProviderSignIn();
  Well(200, "GET", "/api/v1/audit/export");
  house_.engine_status = Fail(ErrorCode::kEngineUnavailable, "gone");
  Well(503, "GET", "/readyz");
}

// Of a real sshd, with an engine behind it that answers to what enrolling asks.
void ContractAnswersTest::Servers() {
  std::string why;
  const auto sshd = docker::testing::SshServer::Start(why);
  ASSERT_TRUE(sshd) << why;
  docker::ScriptedServer engine([](const std::string&, const docker::ScriptedServer::Peer& peer) {
    peer.Send(docker::Reply(200, R"({"Name":"far","NCPU":4,"ServerVersion":"20.10"})"));
  });
  const docker::SshAddress address = sshd->Address(engine.path());
  json::object order{{"address", address.host}, {"user", address.user}, {"port", address.port}};
  const json::value shown = Well(200, "POST", "/api/v1/servers/host-key", json::serialize(order));
  order["name"] = "far";
  order["private_key"] = address.private_key;
  order["docker_socket"] = address.docker_socket;
  order["host_key_fingerprint"] = Text(shown, "fingerprint");
  const std::string id = Text(Well(201, "POST", "/api/v1/servers", json::serialize(order)), "id");
  const std::string path = "/api/v1/servers/" + id;
  Well(200, "GET", path);
  house_.engines.SetLoad({id}, {.cpus = 4, .memory_bytes = 1, .disk_bytes = 1});
  Well(200, "POST", path + "/test");
  const domain::Backup backup = house_.AddBackup(shop_.id);
  Well(200, "GET", "/api/v1/backups/" + backup.id.value + "/targets");
  Well(204, "DELETE", path);
}

void ContractAnswersTest::Environments() {
  for (const std::string name : {"odoo", "db"}) {
    house_.engine.AddImage({.tags = {name}});
    docker::ContainerSpec container;
    container.name = "live_" + name;
    container.image = name;
    ASSERT_TRUE(house_.engine.Create(Context(), container));
    ASSERT_TRUE(house_.engine.Start(Context(), container.name));
  }
  house_.engine.OnExec(ShopPrograms);
  const json::value adopted =
      Well(201, "POST", "/api/v1/environments/adopt",
           R"({"name":"live","odoo_container":"live_odoo","db_container":"live_db"})");
  Well(202, "POST", "/api/v1/environments", R"({"name":"fresh","odoo_version":"16.0"})");
  Well(200, "GET", "/api/v1/environments");
  const std::string path = "/api/v1/environments/" + Text(adopted, "id");
  Well(200, "GET", path);
  Well(200, "PUT", path + "/expiry", R"({"expires_in_minutes":null})");
  Well(202, "DELETE", path + "?confirm=live");
}

void ContractAnswersTest::Backups() {
  const domain::Backup backup = house_.AddBackup(shop_.id);
  const std::string of_shop =
      fmt::format("/api/v1/backups/environments/{}/backups", shop_.id.value);
  Well(202, "POST", of_shop, R"({"name":"n","notes":null,"backup_type":"pre_upgrade"})");
  Well(200, "GET", of_shop);
  Well(200, "GET", "/api/v1/backups");
  Well(202, "POST", "/api/v1/backups/import?name=old", "an archive");
  const std::string path = "/api/v1/backups/" + backup.id.value;
  Well(200, "GET", path);
  Well(202, "POST", path + "/verify");
  EXPECT_TRUE(house_.proofs.Put(backup.id, R"({"kind":"backup"})"));
  Well(200, "GET", path + "/proof");
  EXPECT_TRUE(house_.proofs.AddKey({std::string(64, 'a'), "here", house_.clock.Now()}));
  Well(200, "GET", "/api/v1/proof/keys");
  Well(200, "GET", path + "/download");
  Well(206, "GET", path + "/download", "", "Range: bytes=4-6\r\n");
  Well(304, "GET", path + "/download", "", fmt::format("If-None-Match: \"{}\"\r\n", backup.sha256));
  Well(200, "DELETE",
       fmt::format("/api/v1/backups/{}?confirm=nightly", house_.AddBackup(shop_.id).id.value));
}

void ContractAnswersTest::Storages() {
  Well(200, "GET",
       fmt::format("/api/v1/backups/{}/download-link", house_.AddBackup(shop_.id).id.value));
  const std::string all = "/api/v1/backups/storage-configs";
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / ("storage-" + NewUuid());
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "old.zip") << "an archive";
  const json::value made = Well(
      201, "POST", all,
      fmt::format(R"({{"organization_id":"{}","name":"nas","provider":"local","is_default":true,)"
                  R"("settings":{{"folder":"{}"}}}})",
                  world_.ours.value, folder.string()));
  Well(200, "GET", all);
  const std::string one = all + "/" + Text(made, "id");
  Well(200, "GET", one);
  Well(200, "PATCH", one, R"({"name":"nas 2","is_default":false})");
  Well(200, "POST", one + "/test");
  const json::value imported = Well(
      202, "POST", "/api/v1/backups/import/from-storage",
      fmt::format(R"({{"storage_config_id":"{}","storage_key":"old.zip"}})", Text(made, "id")));
  EXPECT_TRUE(house_.journal.RequestCancel({Text(imported, "task_id")}));
  Well(200, "DELETE", fmt::format("/api/v1/backups/{}?confirm=old.zip", Text(imported, "id")));
  EXPECT_TRUE(std::filesystem::exists(folder / "old.zip"));
  Well(202, "POST", "/api/v1/backups/import/from-url",
       R"({"url":"https://files.example.com/a.zip?b=c","headers":["Authorization: Bearer x"]})");
  const std::string uploads = "/api/v1/backups/uploads";
  const json::value upload =
      Well(201, "POST", uploads, R"({"file_name":"a.zip","total_bytes":10,"fingerprint":"f"})");
  const std::string begun = uploads + "/" + Text(upload, "id");
  Well(200, "GET", uploads);
  Well(200, "PATCH", begun, "an archive", "Upload-Offset: 0\r\n");
  Well(200, "GET", begun);
  Well(202, "POST", begun + "/complete");
  const json::value other = Well(201, "POST", uploads, R"({"file_name":"b","total_bytes":1})");
  Well(204, "DELETE", uploads + "/" + Text(other, "id"));
  Well(204, "DELETE", one);
  std::filesystem::remove_all(folder);
  const std::string keys = "/api/v1/organizations/{@organization}/archive-keys";
  As("owner", 201, "POST", keys);
  As("owner", 200, "GET", keys);
  As("owner", 200, "POST", "/api/v1/organizations/{@organization}/recovery-sheet");
}

domain::RestorePoint ContractAnswersTest::AddEndedRestore() {
  const domain::Environment target = house_.AddEnvironment("target-" + NewUuid().substr(24));
  domain::RestorePoint restore;
  restore.id.value = NewUuid();
  restore.backup_id = house_.AddBackup(target.id).id;
  restore.project_id = house_.catalog.project();
  restore.target_environment_id = target.id;
  restore.target_server_id = target.server_id;
  restore.status = domain::RestoreStatus::kCompleted;
  restore.outcome = domain::RestoreOutcome::kSwapped;
  restore.started_at = house_.clock.Now();
  restore.completed_at = house_.clock.Now();
  restore.undo_expires_at = house_.clock.Now();
  restore.downtime_seconds = 3.5;
  restore.previous_db_name = "shop__old";
  restore.warnings = {"3 attachments are missing"};
  restore.proof_json = R"({"database":{"rows":7}})";
  EXPECT_TRUE(house_.restores.Insert(restore));
  return restore;
}

void ContractAnswersTest::Restores() {
  const domain::Backup backup = house_.AddBackup(shop_.id);
  const domain::Environment other = house_.AddEnvironment("other");
  const json::value simple =
      Well(200, "POST", "/api/v1/backups/restore",
           fmt::format(R"({{"backup_id":"{}","target_environment_id":"{}"}})", backup.id.value,
                       other.id.value));
  Well(200, "GET", "/api/v1/backups/restore/" + Text(simple, "id"));
  Well(200, "POST", "/api/v1/backups/restore/v2",
       fmt::format(R"({{"backup_id":"{}","run_at":"2024-12-12T22:00:00Z","neutralize":true,)"
                   R"("target":{{"mode":"new","new_environment":{{"name":"clone"}}}}}})",
                   backup.id.value));
  Well(200, "POST", "/api/v1/backups/restore/plan",
       fmt::format(R"({{"backup_id":"{}","target":{{"mode":"new","new_environment":)"
                   R"({{"name":"another"}}}}}})",
                   backup.id.value));
  const std::string path = "/api/v1/backups/restore/";
  const std::string ended = AddEndedRestore().id.value;
  Well(200, "GET", path + ended);
  Well(200, "GET", path + ended + "/proof");
  Well(202, "POST", path + ended + "/undo");
  Well(202, "POST", path + AddEndedRestore().id.value + "/release", "{}");
  Well(200, "GET", "/api/v1/restores");
}

void ContractAnswersTest::RunToFailure(const domain::TaskId& id) {
  jobs::Journal& journal = house_.journal;
  std::optional<jobs::Claim> claim;
  while (!claim || claim->task.id.value != id.value) {
    claim = journal.ClaimNext("worker-1", std::chrono::seconds(60)).value();
    ASSERT_TRUE(claim) << "the task is not queued";
  }
  ASSERT_TRUE(journal.DeclareSteps(*claim, {"download", "load"}));
  ASSERT_TRUE(journal.SetStep(*claim, "download", domain::StepState::kRunning, ""));
  ASSERT_TRUE(journal.SetProgress(*claim, "download", 40, "2 of 5 MiB", 12.5, 60));
  ASSERT_TRUE(journal.SetStep(*claim, "download", domain::StepState::kDone, ""));
  ASSERT_TRUE(journal.AppendEvent(*claim, "task.log", {{"step", "load"}, {"line", "loading"}}));
  ASSERT_TRUE(journal.SetStep(*claim, "load", domain::StepState::kRunning, ""));
  const Error error{ErrorCode::kLoadFailed, "line 7 is no SQL", "take another backup"};
  ASSERT_TRUE(journal.BeginCompensation(*claim, error, "load"));
  ASSERT_TRUE(journal.End(*claim, domain::TaskStatus::kFailed));
}

void ContractAnswersTest::Tasks() {
  const domain::Environment busy = house_.AddEnvironment("busy");
  const std::string path = fmt::format("/api/v1/backups/environments/{}/backups", busy.id.value);
  const std::string cancelled = "/api/v1/tasks/" + Text(Well(202, "POST", path), "task_id");
  Well(202, "POST", cancelled + "/cancel");
  Well(200, "GET", cancelled);
  Well(200, "GET", cancelled + "/log");
  Well(200, "GET", cancelled + "/events");
  Well(204, "GET", cancelled + "/events", "", "Last-Event-ID: 999999\r\n");
  const std::string failed = Text(Well(202, "POST", path), "task_id");
  RunToFailure({failed});
  Well(200, "GET", "/api/v1/tasks/" + failed);
  Well(200, "GET", "/api/v1/tasks/" + failed + "/events");
  Well(200, "GET", "/api/v1/tasks");
  Follow("/api/v1/events?after=0", "event: task.failed");
}

void ContractAnswersTest::Account() {
  const json::value made =
      As("installation", 201, "POST", "/api/v1/users", R"({"email":"ann@x.test","name":"Ann"})");
  std::vector<Headers::Field> headers;
  const auto call = [&](int status, std::string_view method, const std::string& path,
                        const std::string& body = "") {
    auto answer = world_.Call("nobody", method, "/api/v1/auth" + path, body, headers);
    EXPECT_EQ(answer.status, status) << path << answer.text;
    return answer;
  };
  const auto signed_in = call(
      200, "POST", "/login",
      fmt::format(R"({{"email":"ann@x.test","password":"{}"}})", Text(made, "one_time_password")));
  for (const auto& [name, value] : signed_in.headers) {
    if (name == "Set-Cookie") headers.emplace_back("Cookie", value.substr(0, value.find(';')));
  }
  headers.emplace_back("X-CSRF-Token", Text(signed_in.body, "csrf_token"));
  call(204, "POST", "/password",
       fmt::format(R"({{"password":"{}","new_password":"a long password"}})",
                   Text(made, "one_time_password")));
  call(200, "GET", "/me");
  const std::string secret =
      Text(call(200, "POST", "/totp", R"({"password":"a long password"})").body, "secret");
  const std::string code = access::TotpCode(secret, access::TotpStep(house_.clock.Now()));
  call(200, "POST", "/totp/confirm", fmt::format(R"({{"code":"{}"}})", code));
  call(204, "DELETE", "/totp", R"({"password":"a long password"})");
  call(200, "GET", "/sessions");
  call(204, "DELETE", "/sessions");
  call(204, "POST", "/logout");
  As("owner", 204, "DELETE", "/api/v1/auth/sessions/{@session}");
  As("scoped token", 200, "GET", "/api/v1/auth/me");
  As("owner", 201, "POST", "/api/v1/tokens",
     R"({"name":"t","scopes":["project.view"],"expires_in_days":3})");
  As("owner", 200, "GET", "/api/v1/tokens");
  As("owner", 204, "DELETE", "/api/v1/tokens/{@token}");
}

void ContractAnswersTest::Organizations() {
  const std::string all = "/api/v1/organizations";
  const std::string ours = all + "/{@organization}";
  const json::value third = As("installation", 201, "POST", all, R"({"name":"third"})");
  As("installation", 204, "DELETE", all + "/" + Text(third, "id"));
  As("owner", 200, "GET", all);
  As("owner", 200, "GET", ours);
  As("owner", 200, "PATCH", ours, R"({"name":"ours again"})");
  As("installation", 200, "PUT", ours + "/quota", R"({"stored_bytes":1000,"active_tasks":null})");
  As("owner", 200, "GET", ours + "/quota");
  As("installation", 200, "PUT", ours + "/quota", "{}");
  world_.AddUser("bob@x.test");
  As("owner", 201, "POST", ours + "/members", R"({"email":"bob@x.test","role":"viewer"})");
  As("owner", 200, "GET", ours + "/members");
  As("owner", 200, "PATCH", ours + "/members/{@member}", R"({"role":"developer"})");
  As("owner", 204, "DELETE", ours + "/members/{@member}");
  const json::value project = As("owner", 201, "POST", "/api/v1/projects",
                                 R"({"organization_id":"{@organization}","name":"new"})");
  const std::string path = "/api/v1/projects/" + Text(project, "id");
  As("owner", 200, "GET", path);
  As("owner", 200, "PATCH", path, R"({"name":"newer"})");
  As("owner", 204, "DELETE", path);
}

void ContractAnswersTest::Teams() {
  const std::string teams = "/api/v1/organizations/{@organization}/teams";
  const std::string team = teams + "/{@team}";
  As("owner", 201, "POST", teams, R"({"name":"night shift"})");
  As("owner", 200, "GET", teams);
  As("owner", 200, "GET", team);
  As("owner", 200, "PATCH", team, R"({"name":"day shift"})");
  As("owner", 204, "DELETE", team);
  const json::value made = As("owner", 201, "POST", teams, R"({"name":"full"})");
  const std::string full = teams + "/" + Text(made, "id");
  As("owner", 201, "POST", full + "/members", R"({"user_id":"{@member}"})");
  As("owner", 200, "GET", full + "/members");
  As("owner", 204, "DELETE", team + "/members/{@member of the team}");
  As("owner", 201, "POST", full + "/grants", R"({"project_id":"{@project}","role":"viewer"})");
  As("owner", 200, "GET", full + "/grants");
  As("owner", 204, "DELETE", team + "/grants/{@project of the team}");
}

void ContractAnswersTest::Rights() {
  const std::string ours = "/api/v1/organizations/{@organization}";
  As("owner", 201, "POST", ours + "/roles", R"({"name":"r","permissions":["project.view"]})");
  As("owner", 200, "GET", ours + "/roles");
  As("owner", 200, "GET", ours + "/roles/{@role}");
  As("owner", 200, "PATCH", ours + "/roles/{@role}", R"({"permissions":["org.view"]})");
  As("owner", 204, "DELETE", ours + "/roles/{@role}");
  As("owner", 201, "POST", ours + "/overrides",
     R"({"user_id":"{@member}","permission":"project.backups.view","effect":"deny"})");
  As("owner", 200, "GET", ours + "/overrides");
  As("owner", 204, "DELETE", ours + "/overrides/{@override}");
  As("viewer", 200, "GET", "/api/v1/permissions");
}

void ContractAnswersTest::Upkeep() {
  const std::string schedules = "/api/v1/schedules";
  const json::value made =
      Well(201, "POST", schedules,
           fmt::format(R"({{"environment_id":"{}","cron":"0 2 * * *","name":"nightly"}})",
                       world_.AddEnvironment(world_.project).value));
  const std::string path = schedules + "/" + Text(made, "id");
  house_.clock.Advance(std::chrono::hours(72));
  EXPECT_TRUE(house_.upkeep.scheduler.Tick());
  Follow("/api/v1/events?after=0", "schedule.caught_up");
  Well(200, "GET", schedules);
  Well(200, "GET", path);
  Well(200, "GET", path + "/runs");
  Well(200, "PATCH", path, R"({"cron":"*/15 * * * *","time_zone":"Asia/Tokyo"})");
  Well(202, "POST", schedules + "/" + world_.AddSchedule().value + "/run");
  Well(204, "DELETE", path);
  Well(200, "GET", "/api/v1/cron?cron=0%202%20*%20*%20*&time_zone=Europe/Madrid");
  Well(200, "PATCH", "/api/v1/backups/" + house_.AddBackup(shop_.id).id.value,
       R"({"keep_forever":true})");
  for (const std::string& of :
       {"/api/v1/environments/" + shop_.id.value, "/api/v1/projects/" + shop_.project_id.value}) {
    Well(200, "PUT", of + "/retention", R"({"daily":3})");
    Well(200, "GET", of + "/retention");
    Well(200, "DELETE", of + "/retention");
  }
  Well(200, "GET", "/api/v1/environments/" + shop_.id.value + "/retention/preview");
  Well(200, "POST", "/api/v1/environments/" + shop_.id.value + "/retention/apply");
  const std::string safe_copy = "/api/v1/projects/" + shop_.project_id.value + "/safe-copy";
  Well(200, "PUT", safe_copy,
       R"({"mask":["all"],"mask_rules":[{"table":"x_pets","column":"x_name","how":"name"}],)"
       R"("extra_sql":"DELETE FROM x_pets"})");
  Well(200, "GET", safe_copy);
  Well(200, "DELETE", safe_copy);
  Well(200, "GET", "/api/v1/protection");
  const domain::DrillId drill = world_.AddDrill();
  const std::string drills = "/api/v1/drills";
  const std::string backup_id = house_.upkeep.drills.Get(drill).value().backup_id.value;
  Well(409, "GET", drills + "/" + drill.value + "/report");
  EXPECT_TRUE(house_.upkeep.drills.Update(drill, [](domain::Drill& row) -> Status {
    row.report_json = R"({"result":"passed","backup":{"environment":"<shop>"}})";
    return {};
  }));
  EXPECT_TRUE(house_.journal.RequestCancel(house_.upkeep.drills.Get(drill).value().task_id));
  Well(202, "POST", drills, fmt::format(R"({{"backup_id":"{}"}})", backup_id));
  Well(200, "GET", drills);
  Well(200, "GET", drills + "/" + drill.value);
  Well(200, "GET", drills + "/" + drill.value + "/report");
  Well(200, "GET", drills + "/" + drill.value + "/report.html");
  Well(200, "GET", drills + "/" + drill.value + "/report.pdf");
}

// Programs in the containers of an environment beside which a backup is mounted.
Result<int> MountPrograms(const Context& ctx, std::string_view, const docker::ExecSpec& spec,
                          const docker::ExecStreams& streams) {
  std::string input;
  if (streams.input != nullptr) {
    ASSIGN_OR_RETURN(input, ReadAll(ctx, *streams.input, ByteCount{1} << 20U));
  }
  const auto asks = [&](std::string_view words) { return input.find(words) != std::string::npos; };
  std::string output;
  if (spec.argv.front() == "odoo") output = "Odoo Server 14.0-20221114\n";
  if (asks("FROM pg_database"))
    output =
        "shop-db\x1f"
        "16384\x1fodoo\x1ft\x1fUTF8\x1f"
        "C\x1f"
        "C\n";
  if (asks("c.reltuples"))
    output =
        "res_partner\x1ft\x1f"
        "3\n";
  if (asks("count(*)"))
    output =
        "0\x1f"
        "3\n";
  if (asks("FROM pg_attribute"))
    output =
        "id\x1ft\x1ename\x1f"
        "f\n";
  if (asks("row_to_json"))
    output = R"({"id":7,"name":"x","c0":"7","c1":"x","in_row":true})"
             "\n";
  if (asks("octet_length"))
    output = R"({"bytes":3})"
             "\n";
  if (asks("encode(db_datas")) output = "616263\n";
  if (asks("COPY ")) output = "id,name\n7,x\n";
  if (asks("pg_get_serial_sequence")) output = "public.ids\n";
  if (asks("INSERT INTO")) output = "7\n";
  if (streams.output != nullptr) RETURN_IF_ERROR(streams.output->Write(ctx, BytesOf(output)));
  return 0;
}

void ContractAnswersTest::Rescue() {
  const domain::Backup backup = house_.AddBackup(shop_.id);
  Well(202, "POST", "/api/v1/backups/" + backup.id.value + "/mount", R"({"hours":2})");
  Well(422, "POST", "/api/v1/backups/" + backup.id.value + "/mount", R"({"hours":73})");
  Well(200, "GET", "/api/v1/mounts");
  const domain::MountId id = world_.AddMount();
  EXPECT_TRUE(house_.mounts.Update(id, {}, [&](domain::Mount& row) -> Status {
    row.environment_id = shop_.id;
    return {};
  }));
  const std::string mount = "/api/v1/mounts/" + id.value;
  house_.engine.AddImage({.tags = {"shop"}});
  for (const std::string& name : {shop_.containers.odoo, shop_.containers.db}) {
    docker::ContainerSpec container;
    container.name = name;
    container.image = "shop";
    ASSERT_TRUE(house_.engine.Create(Context(), container));
    ASSERT_TRUE(house_.engine.Start(Context(), name));
  }
  house_.engine.OnExec(MountPrograms);
  Well(200, "GET", mount);
  Well(200, "GET", mount + "/tables");
  Well(200, "GET", mount + "/tables/res_partner/rows?limit=1");
  Well(200, "GET", mount + "/tables/res_partner/csv");
  Well(200, "GET", mount + "/attachments?q=x&missing=true");
  Well(200, "GET", mount + "/attachments/7/content");
  Well(200, "POST", mount + "/attachments/bring-back", R"({"attachment_ids":[7]})");
  Well(202, "DELETE", mount);
  Well(409, "GET", mount + "/tables");
}

void ContractAnswersTest::Snapshots() {
  const std::string environment = "/api/v1/environments/" + shop_.id.value;
  Well(200, "GET", environment + "/snapshot-settings");
  Well(200, "PUT", environment + "/snapshot-settings", R"({"keep":5,"after_restore":true})");
  Well(422, "PUT", environment + "/snapshot-settings", R"({"keep":21,"after_restore":true})");
  const domain::EnvironmentId other = world_.AddEnvironment(world_.project);
  Well(202, "POST", "/api/v1/environments/" + other.value + "/snapshots",
       R"({"name":"before the upgrade","hours":2})");
  Well(200, "GET", "/api/v1/snapshots");
  const std::string snapshot = "/api/v1/snapshots/";
  Well(200, "GET", snapshot + world_.AddSnapshot().value);
  Well(202, "POST", snapshot + world_.AddSnapshot().value + "/rollback",
       R"({"keep_snapshot":true})");
  Well(412, "POST", snapshot + world_.AddSnapshot().value + "/rollback", R"({"confirm":"other"})");
  Well(202, "DELETE", snapshot + world_.AddSnapshot().value);
}

void ContractAnswersTest::People() {
  As("owner", 200, "GET", "/api/v1/users");
  As("owner", 200, "GET", "/api/v1/users/{@member}");
  As("installation", 200, "PATCH", "/api/v1/users/{@member}", R"({"reset_password":true})");
}

TEST_F(ContractAnswersTest, EveryDescribedSuccessIsSeenAndAsDescribed) {
  Installation();
  Environments();
  Backups();
  Storages();
  Restores();
  Tasks();
  Upkeep();
  Rescue();
  Snapshots();
  Account();
  Organizations();
  Teams();
  Rights();
  People();

  const std::shared_ptr<const Contract> contract = Contract::BuiltIn().value();
  for (const Operation& operation : contract->operations()) {
    const auto shown = house_.answers.shown().find(operation.id);
    for (const auto& [status, contents] : operation.answers) {
      if (status >= "400" && status != "503") continue;  // default comes behind as well
      EXPECT_TRUE(shown != house_.answers.shown().end() && shown->second.contains(status))
          << operation.id << " was never seen to answer " << status;
    }
  }
  Names described;
  for (const auto& [name, schema] :
       contract->document().at_pointer("/components/schemas/TaskEvent/properties").as_object()) {
    described.emplace(name);
  }
  EXPECT_EQ(house_.answers.event_fields(), described);
}

}  // namespace
}  // namespace reprise::api
