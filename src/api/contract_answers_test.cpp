#include <gtest/gtest.h>

#include "api/testing/api_house.hpp"

// Every call of the API answered well at least once: ApiHouse holds each answer against
// openapi.yaml, and at the end nothing that is described may be left unseen.
namespace reprise::api {
namespace {

namespace json = boost::json;
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
  void Environments();
  void Backups();
  void Restores();
  void Tasks();
  // Leads a queued task through all kinds of events to its failure.
  void RunToFailure(const domain::TaskId& id);
  domain::RestorePoint AddEndedRestore();

  ApiHouse house_;
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
        "main\x1fodoo\x1ft\x1fUTF8\x1f"
        "C.UTF-8\x1f"
        "C.UTF-8\n";
  }
  if (sql.find("to_regclass") != std::string::npos) output = "t\n";
  if (streams.output != nullptr) RETURN_IF_ERROR(streams.output->Write(ctx, BytesOf(output)));
  return 0;
}

void ContractAnswersTest::Installation() {
  Well(200, "GET", "/healthz");
  Well(200, "GET", "/readyz");
  Well(200, "GET", "/openapi.json");
  Well(200, "GET", "/docs");
  Well(200, "GET", "/api/v1/projects");
  Well(200, "GET", "/api/v1/servers");
  house_.engine_status = Fail(ErrorCode::kEngineUnavailable, "gone");
  Well(503, "GET", "/readyz");
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
  Well(200, "GET", path + "/download");
  Well(206, "GET", path + "/download", "", "Range: bytes=4-6\r\n");
  Well(304, "GET", path + "/download", "", fmt::format("If-None-Match: \"{}\"\r\n", backup.sha256));
  Well(200, "DELETE",
       fmt::format("/api/v1/backups/{}?confirm=nightly", house_.AddBackup(shop_.id).id.value));
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

TEST_F(ContractAnswersTest, EveryDescribedSuccessIsSeenAndAsDescribed) {
  Installation();
  Environments();
  Backups();
  Restores();
  Tasks();

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
