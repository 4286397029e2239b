#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>

#include "api/contract.hpp"
#include "api/router.hpp"
#include "api/testing/running_server.hpp"
#include "api/testing/samples.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/testing/fake_terminal.hpp"

// That the command line makes every call that openapi.yaml describes: each row below is run against
// a server which writes down the calls that come, and answers each with a sample of what is
// described.
namespace reprise::cli {
namespace {

namespace json = boost::json;
using api::Operation;
using api::Request;
using api::Response;

constexpr std::string_view kToken = "0123456789abcdef0123456789abcdef";
const std::string kId = "01900000-0000-7000-8000-000000000000";

// A call, and a line that makes it. "@" is an id, "FILE" a small file.
struct Row {
  std::string_view operation;
  std::vector<std::string> line;
};

// NOLINTNEXTLINE(readability-function-size): a table
const std::vector<Row>& Rows() {
  static const std::vector<Row> rows = {
      {"startRestore", {"restore", "@", "--yes", "--confirm", "sample", "-d"}},
      {"planRestore", {"plan", "@"}},
      {"getRestore", {"restores", "show", "@"}},
      {"undoRestore", {"undo", "@", "--yes", "-d"}},
      {"releaseRestore", {"restores", "release", "@", "--yes", "-d"}},
      {"getRestoreProof", {"restores", "proof", "@"}},
      {"listProofKeys", {"proof", "key"}},
      {"listRestores", {"restores", "list"}},
      {"listBackups", {"backup", "list"}},
      {"createBackup", {"backup", "create", "@", "-d"}},
      {"importBackup", {"backup", "import", "FILE", "--at-once", "-d"}},
      {"listUploads", {"backup", "uploads"}},
      {"beginUpload", {"backup", "import", "FILE", "-d"}},
      {"appendToUpload", {"backup", "import", "FILE", "-d"}},
      {"completeUpload", {"backup", "import", "FILE", "-d"}},
      {"getUpload", {"backup", "import", "FILE", "--resume", "@"}},
      {"abandonUpload", {"backup", "abandon", "@"}},
      {"importBackupFromStorage",
       {"backup", "import", "--storage", "@", "--key", "old/shop.zip", "-d"}},
      {"importBackupFromUrl", {"backup", "import", "--from", "https://x.example/a.zip", "-d"}},
      {"listStorageConfigs", {"storage", "list"}},
      {"createStorageConfig", {"storage", "create", "x", "--provider", "local", "--folder", "/x"}},
      {"getStorageConfig", {"storage", "show", "@"}},
      {"changeStorageConfig", {"storage", "default", "@"}},
      {"deleteStorageConfig", {"storage", "remove", "@"}},
      {"testStorageConfig", {"storage", "test", "@"}},
      {"listArchiveKeys", {"keys", "list", "--org", "@"}},
      {"rotateArchiveKey", {"keys", "rotate", "--org", "@"}},
      {"makeRecoverySheet", {"keys", "recovery-sheet", "--org", "@"}},
      {"getBackup", {"backup", "show", "@"}},
      {"keepBackup", {"backup", "keep", "@"}},
      {"deleteBackup", {"backup", "delete", "@", "--confirm", "sample"}},
      {"verifyBackup", {"backup", "verify", "@", "-d"}},
      {"getBackupProof", {"backup", "proof", "@"}},
      {"downloadBackup", {"backup", "download", "@", "-o", "FOLDER/downloaded"}},
      {"getBackupDownloadLink", {"backup", "link", "@"}},
      {"listEnvironments", {"env", "list"}},
      {"createEnvironment", {"env", "create", "x", "--odoo-version", "16.0", "-d"}},
      {"adoptEnvironment", {"env", "adopt", "x", "--odoo", "o", "--db", "d"}},
      {"getEnvironment", {"env", "show", "@"}},
      {"setEnvironmentExpiry", {"env", "expire", "@", "--in", "4h"}},
      {"removeEnvironment", {"env", "remove", "@", "--confirm", "sample", "-d"}},
      {"listSchedules", {"schedule", "list"}},
      {"createSchedule", {"schedule", "create", "@", "@daily"}},
      {"getSchedule", {"schedule", "show", "@"}},
      {"changeSchedule", {"schedule", "off", "@"}},
      {"deleteSchedule", {"schedule", "delete", "@"}},
      {"runSchedule", {"schedule", "run", "@", "-d"}},
      {"listScheduleRuns", {"schedule", "runs", "@"}},
      {"explainCron", {"schedule", "explain", "@daily"}},
      {"getEnvironmentRetention", {"retention", "show", "@"}},
      {"putEnvironmentRetention", {"retention", "set", "@", "--daily", "3"}},
      {"deleteEnvironmentRetention", {"retention", "reset", "@"}},
      {"getProjectRetention", {"retention", "show", "-p", "@"}},
      {"putProjectRetention", {"retention", "set", "-p", "@", "--daily", "3"}},
      {"deleteProjectRetention", {"retention", "reset", "-p", "@"}},
      {"getSafeCopy", {"safe-copy", "show", "-p", "@"}},
      {"putSafeCopy", {"safe-copy", "set", "-p", "@", "--mask", "all"}},
      {"deleteSafeCopy", {"safe-copy", "reset", "-p", "@"}},
      {"previewRetention", {"retention", "preview", "@"}},
      {"applyRetention", {"retention", "apply", "@", "--yes"}},
      {"listDrills", {"drill", "list"}},
      {"createDrill", {"drill", "run", "@", "-d"}},
      {"getDrill", {"drill", "show", "@"}},
      {"getDrillReport", {"drill", "report", "@"}},
      {"getDrillPage", {"drill", "report", "@", "--html"}},
      {"getDrillPdf", {"drill", "report", "@", "--pdf", "-o", "FOLDER/drill.pdf"}},
      {"takeSnapshot", {"snapshot", "take", "@", "-d"}},
      {"listSnapshots", {"snapshot", "list"}},
      {"getSnapshot", {"snapshot", "show", "@"}},
      {"rollBackToSnapshot", {"snapshot", "rollback", "@", "--yes", "-d"}},
      {"removeSnapshot", {"snapshot", "remove", "@", "--yes", "-d"}},
      {"getSnapshotSettings", {"snapshot", "settings", "@"}},
      {"putSnapshotSettings", {"snapshot", "settings", "@", "--keep", "5"}},
      {"mountBackup", {"rescue", "mount", "@", "-d"}},
      {"listMounts", {"rescue", "list"}},
      {"getMount", {"rescue", "show", "@"}},
      {"unmountBackup", {"rescue", "unmount", "@", "-d"}},
      {"listMountTables", {"rescue", "tables", "@"}},
      {"listMountRows", {"rescue", "rows", "@", "res_partner"}},
      {"downloadMountTable", {"rescue", "csv", "@", "res_partner", "-o", "FOLDER/table.csv"}},
      {"listMountAttachments", {"rescue", "attachments", "@"}},
      {"downloadMountAttachment", {"rescue", "get", "@", "7", "-o", "FOLDER/document"}},
      {"bringBackAttachments", {"rescue", "bring-back", "@", "7"}},
      {"listProtection", {"protection"}},
      {"listTasks", {"task", "list"}},
      {"getTask", {"task", "show", "@"}},
      {"cancelTask", {"task", "cancel", "@"}},
      {"getTaskLog", {"task", "log", "@"}},
      {"streamTaskEvents", {"task", "watch", "@"}},
      {"streamEvents", {"events"}},
      {"listProjects", {"project", "list"}},
      {"createProject", {"project", "create", "x", "--org", "@"}},
      {"getProject", {"project", "show", "@"}},
      {"renameProject", {"project", "rename", "@", "y"}},
      {"deleteProject", {"project", "delete", "@"}},
      {"listServers", {"server", "list"}},
      {"enrolServer", {"server", "enrol", "x", "--address", "h", "--host-key", "sample"}},
      {"showServerHostKey", {"server", "enrol", "x", "--address", "h"}},
      {"getServer", {"server", "show", "@"}},
      {"removeServer", {"server", "remove", "@"}},
      {"testServer", {"server", "test", "@"}},
      {"listRestoreTargets", {"server", "targets", "@"}},
      {"signIn", {"login", "ann@x.test", "--password-stdin"}},
      {"changePassword", {"login", "ann@x.test", "--password-stdin"}},
      {"signOut", {"login", "ann@x.test", "--password-stdin"}},
      {"getSignInProvider", {"status", "sign-in"}},
      {"getMe", {"whoami"}},
      {"beginSecondFactor", {"second-factor", "begin", "--password-stdin"}},
      {"removeSecondFactor", {"second-factor", "remove", "--password-stdin"}},
      {"confirmSecondFactor", {"second-factor", "confirm", "123456"}},
      {"listSessions", {"session", "list"}},
      {"endOtherSessions", {"session", "end-all"}},
      {"endSession", {"session", "end", "@"}},
      {"listTokens", {"token", "list"}},
      {"createToken", {"token", "create", "x"}},
      {"deleteToken", {"token", "revoke", "@"}},
      {"listUsers", {"user", "list"}},
      {"createUser", {"user", "create", "ann@x.test"}},
      {"getUser", {"user", "show", "@"}},
      {"changeUser", {"user", "disable", "@"}},
      {"listOrganizations", {"org", "list"}},
      {"createOrganization", {"org", "create", "x"}},
      {"getOrganization", {"org", "show", "--org", "@"}},
      {"getQuota", {"org", "quota", "@"}},
      {"putQuota", {"org", "quota", "@", "--environments", "20"}},
      {"renameOrganization", {"org", "rename", "@", "y"}},
      {"deleteOrganization", {"org", "delete", "@"}},
      {"listMembers", {"member", "list", "--org", "@"}},
      {"addMember", {"member", "add", "ann@x.test", "viewer", "--org", "@"}},
      {"changeMember", {"member", "role", "@", "viewer", "--org", "@"}},
      {"removeMember", {"member", "remove", "@", "--org", "@"}},
      {"listTeams", {"team", "list", "--org", "@"}},
      {"createTeam", {"team", "create", "x", "--org", "@"}},
      {"getTeam", {"team", "show", "@", "--org", "@"}},
      {"renameTeam", {"team", "rename", "@", "y", "--org", "@"}},
      {"deleteTeam", {"team", "delete", "@", "--org", "@"}},
      {"listTeamMembers", {"team", "members", "@", "--org", "@"}},
      {"addTeamMember", {"team", "add", "@", "@", "--org", "@"}},
      {"removeTeamMember", {"team", "remove", "@", "@", "--org", "@"}},
      {"listGrants", {"team", "grants", "@", "--org", "@"}},
      {"putGrant", {"team", "grant", "@", "@", "viewer", "--org", "@"}},
      {"removeGrant", {"team", "revoke", "@", "@", "--org", "@"}},
      {"listRoles", {"role", "list", "--org", "@"}},
      {"createRole", {"role", "create", "x", "--org", "@", "-p", "project.view"}},
      {"getRole", {"role", "show", "@", "--org", "@"}},
      {"changeRole", {"role", "change", "@", "--org", "@", "-n", "y"}},
      {"deleteRole", {"role", "delete", "@", "--org", "@"}},
      {"listOverrides", {"override", "list", "--org", "@"}},
      {"putOverride", {"override", "put", "@", "project.view", "deny", "--org", "@"}},
      {"deleteOverride", {"override", "delete", "@", "--org", "@"}},
      {"listPermissions", {"permissions"}},
      {"listWebhooks", {"webhook", "list", "--org", "@"}},
      {"createWebhook", {"webhook", "create", "x", "https://x.test", "--org", "@"}},
      {"getWebhook", {"webhook", "show", "@", "--org", "@"}},
      {"changeWebhook", {"webhook", "enable", "@", "--org", "@"}},
      {"deleteWebhook", {"webhook", "delete", "@", "--org", "@"}},
      {"testWebhook", {"webhook", "test", "@", "--org", "@"}},
      {"listDeliveries", {"webhook", "deliveries", "@", "--org", "@"}},
      {"redeliver", {"webhook", "redeliver", "@", "@", "--org", "@"}},
      {"listAudit", {"audit", "list"}},
      {"exportAudit", {"audit", "export", "-f", "FOLDER/exported"}},
      {"getHealth", {"status", "health"}},
      {"getReadiness", {"status", "ready"}},
      {"getMetrics", {"status", "metrics"}},
      {"getOpenApi", {"status", "openapi"}},
  };
  return rows;
}

// Calls that are nothing for a terminal.
const std::map<std::string, std::string_view, std::less<>>& NotForTerminals() {
  static const std::map<std::string, std::string_view, std::less<>> calls = {
      {"startProviderSignIn", "a browser's way to the provider"},
      {"finishProviderSignIn", "a browser's way back"},
      {"getDocs", "a page; \"status openapi\" prints what it shows"},
      {"startSimpleRestore", "the first form of startRestore"},
      {"listEnvironmentBackups", "the same list as \"backup list --env\" prints"}};
  return calls;
}

class CoverageTest : public ::testing::Test {
 protected:
  CoverageTest() : router_(token_) {
    std::ofstream(std::filesystem::path(folder_.path()) / "file") << "no archive";
    for (const Operation& operation : contract_->operations()) {
      router_.Add(operation.method, operation.path, api::Rule::Open(),
                  [this, &operation](const Context&, const Request&) -> Result<Response> {
                    const std::scoped_lock lock(mutex_);
                    asked_.insert(operation.id);
                    return Answer(operation);
                  });
    }
    server_.emplace(router_);
  }

  static Response Answer(const Operation& operation) {
    const auto& [status, contents] = *operation.answers.begin();  // the smallest: a success
    Response response;
    response.status = std::stoi(status);
    if (operation.id == "signIn") {
      response.headers.emplace_back("Set-Cookie", "reprise_session=x; Path=/");
    }
    if (contents.empty()) return response;
    const auto& [type, schema] = *contents.begin();
    response.headers.emplace_back("Content-Type", type);
    if (type == "text/event-stream") {
      response.body =
          std::string("id: 1\nevent: task.completed\ndata: {\"status\":\"completed\"}\n\n");
    } else if (type.ends_with("json")) {
      response.body = json::serialize(api::testing::SampleOf(*schema));
    } else {
      response.body = std::string("sample");
    }
    return response;
  }

  // The calls that a line makes, whatever becomes of it.
  std::set<std::string> CallsOf(const std::vector<std::string>& words) {
    std::vector<std::string> line;
    for (std::string word : words) {
      if (word == "@") word = kId;
      if (word == "FILE") word = folder_.path() + "/file";
      if (word.starts_with("FOLDER")) word.replace(0, 6, folder_.path());
      line.push_back(std::move(word));
    }
    asked_.clear();
    const std::string url = fmt::format("http://127.0.0.1:{}", server_->port());
    const ParsedLine parsed = ParseLine(line, {{"REPRISE_URL", url}});
    EXPECT_TRUE(parsed.command) << parsed.text;
    if (!parsed.command) return {};
    terminal_.typed = {"password", "another password", "another password", "RESTORE", "sample"};
    terminal_.asks = true;
    ApiClient client(url, std::string(kToken));
    const Session session{Context().WithTimeout(std::chrono::seconds(3)),
                          client,
                          terminal_,
                          clock_,
                          false,
                          url,
                          folder_.path() + "/credentials"};
    std::visit(
        [&](const auto& options) {
          using Options = std::decay_t<decltype(options)>;
          if constexpr (!kIsForHook<Options>) {
            const Status status = cli::Run(session, options);
            if (!status) terminal_.err += status.error().Sentence();
          }
        },
        *parsed.command);
    const std::scoped_lock lock(mutex_);
    return asked_;
  }

  const std::shared_ptr<const api::Contract> contract_ = api::Contract::BuiltIn().value();
  catalog::testing::TemporaryFolder folder_;
  const api::AdminToken token_{kToken};
  api::Router router_;
  std::optional<api::testing::RunningServer> server_;
  std::mutex mutex_;
  std::set<std::string> asked_;
  testing::FakeTerminal terminal_;
  ManualClock clock_{ParseInstant("2024-12-11T11:00:00Z").value()};
};

TEST_F(CoverageTest, EveryCallIsMadeByACommand) {
  std::set<std::string> covered;
  for (const Row& row : Rows()) {
    const std::set<std::string> calls = CallsOf(row.line);
    std::string told;
    for (const std::string& call : calls) told += call + " ";
    EXPECT_TRUE(calls.contains(std::string(row.operation)))
        << row.operation << " is not made by \"reprise " << fmt::format("{}", row.line.front())
        << "\", which makes: " << told << "\n"
        << terminal_.err;
    terminal_.err.clear();
    covered.emplace(row.operation);
  }
  for (const Operation& operation : contract_->operations()) {
    const bool excused = NotForTerminals().contains(operation.id);
    EXPECT_TRUE(covered.contains(operation.id) != excused)
        << operation.id << (excused ? " has a command after all" : " has no command");
  }
}

TEST_F(CoverageTest, AnyCallCanBeMade) {
  EXPECT_TRUE(CallsOf({"api", "GET", "/api/v1/tasks?page=1"}).contains("listTasks"));
  EXPECT_TRUE(CallsOf({"api", "POST", "/api/v1/projects", "--data", R"({"name":"x"})"})
                  .contains("createProject"));
}

// Whatever a command prints, with --json it is JSON.
TEST_F(CoverageTest, EveryCommandKnowsJson) {
  for (const Row& row : Rows()) {
    std::vector<std::string> line{"--json"};
    line.insert(line.end(), row.line.begin(), row.line.end());
    const ParsedLine parsed = ParseLine(line, {});
    EXPECT_TRUE(parsed.global.json) << row.operation;
  }
}

}  // namespace
}  // namespace reprise::cli
