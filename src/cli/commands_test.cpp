#include "cli/commands.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <csignal>
#include <mutex>

#include "api/problem.hpp"
#include "api/testing/running_server.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/json_fields.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "cli/testing/fake_terminal.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;
using api::Request;
using api::Response;
using catalog::testing::TemporaryFolder;
using testing::FakeTerminal;

constexpr std::string_view kToken = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kBackupId = "01900000-0000-7000-8000-00000000000b";
constexpr std::string_view kTaskId = "01900000-0000-7000-8000-00000000000c";
constexpr std::string_view kRestoreId = "01900000-0000-7000-8000-00000000000d";

// A stream that is there whole from the start.
class FixedFeed final : public api::LiveFeed {
 public:
  explicit FixedFeed(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] Piece Take() override { return {std::exchange(text_, {}), true}; }
  void Close() override {}

 private:
  std::string text_;
};

std::string EventText(int id, std::string_view type, std::string_view data) {
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", id, type, data);
}

// The commands against a real server whose answers the test gives.
class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() : router_(token_) {}

  void Answer(std::string_view method, std::string_view path, const std::string& body,
              int status = 200) {
    router_.Add(method, path, api::Rule::Self(),
                [=, this](const Context&, const Request& request) -> Result<Response> {
                  const std::scoped_lock lock(mutex_);
                  asked_.push_back(request.method + " " + request.path);
                  bodies_.push_back(request.body);
                  return Response{status, {{"Content-Type", "application/json"}}, body};
                });
  }
  void AnswerList(std::string_view path, std::string_view items) {
    Answer("GET", path,
           fmt::format(R"({{"items":[{}],"total":1,"page":1,"page_size":100,"total_pages":1}})",
                       items));
  }
  // What a finished task answers to those who follow it.
  void AnswerTask(std::string_view status, std::string_view more = "") {
    const std::string path = fmt::format("/api/v1/tasks/{}", kTaskId);
    Answer("GET", path, fmt::format(R"({{"id":"{}","status":"{}"{}}})", kTaskId, status, more));
    const std::string text =
        EventText(1, "task.started", R"({"status":"running","percent":0})") +
        EventText(2, "task.step",
                  R"({"status":"running","percent":10,"step":"download","state":"running"})") +
        EventText(3, fmt::format("task.{}", status), fmt::format(R"({{"status":"{}"}})", status));
    router_.Add("GET", path + "/events", api::Rule::Self(),
                [text](const Context&, const Request&) -> Result<Response> {
                  return Response{200,
                                  {{"Content-Type", "text/event-stream"}},
                                  api::LiveBody{[text](const std::function<void()>&) {
                                    return std::make_shared<FixedFeed>(text);
                                  }}};
                });
  }
  void AnswerRestore() {
    AnswerList("/api/v1/backups", fmt::format(R"({{"id":"{}","name":"nightly"}})", kBackupId));
    Answer("GET", fmt::format("/api/v1/backups/{}", kBackupId),
           R"({"name":"nightly","environment_id":"e7","compressed_size":1200000000,)"
           R"("is_verified":true})");
    Answer("GET", "/api/v1/environments/e7", R"({"id":"e7","name":"the shop"})");
    Answer("POST", "/api/v1/backups/restore/v2",
           fmt::format(R"({{"restore_point_id":"{}","task_id":"{}"}})", kRestoreId, kTaskId));
    Answer("GET", fmt::format("/api/v1/backups/restore/{}", kRestoreId),
           fmt::format(R"({{"id":"{}","status":"completed","outcome":"swapped",)"
                       R"("duration_seconds":392,"downtime_seconds":14.2,"warnings":["one file"],)"
                       R"("undo_expires_at":"2024-12-12T11:00:00Z"}})",
                       kRestoreId));
  }

  template <class Options>
  Status RunCommand(const Options& options, bool as_json = false) {
    if (!server_) server_.emplace(router_);
    ApiClient client(fmt::format("http://127.0.0.1:{}", server_->port()), std::string(kToken));
    return cli::Run(Session{Context(), client, terminal_, clock_, as_json}, options);
  }

  api::AdminToken token_{kToken};
  api::Router router_;
  std::optional<api::testing::RunningServer> server_;
  FakeTerminal terminal_;
  ManualClock clock_{ParseInstant("2024-12-11T11:00:00Z").value()};
  std::mutex mutex_;
  std::vector<std::string> asked_;
  std::vector<std::string> bodies_;
};

TEST_F(CommandsTest, EnvListShowsATable) {
  AnswerList("/api/v1/environments",
             R"({"id":"i","name":"shop","environment_type":"production","status":"running",)"
             R"("odoo_version":"14.0","db_name":"shop-db","origin":"adopted"})");
  ASSERT_TRUE(RunCommand(EnvList{}));
  EXPECT_EQ(terminal_.out,
            "NAME  TYPE        STATUS   ODOO  DATABASE  ORIGIN   ID\n"
            "shop  production  running  14.0  shop-db   adopted  i\n");
}

TEST_F(CommandsTest, JsonListsHaveTheApisShape) {
  AnswerList("/api/v1/environments", R"({"name":"shop"})");
  ASSERT_TRUE(RunCommand(EnvList{}, true));
  const json::value printed = ParseJson(terminal_.out).value();
  EXPECT_EQ(printed.at("items").at(0).at("name").as_string(), "shop");
  EXPECT_EQ(printed.at("total").as_int64(), 1);
}

TEST_F(CommandsTest, ListsFetchAllPages) {
  router_.Add(
      "GET", "/api/v1/tasks", api::Rule::Self(),
      [](const Context&, const Request& request) -> Result<Response> {
        const std::string page(request.QueryValue("page").value_or(""));
        return Response{
            200, {}, fmt::format(R"({{"items":[{{"id":"task-{}"}}],"total_pages":3}})", page)};
      });
  ASSERT_TRUE(RunCommand(TaskList{}));
  for (const std::string id : {"task-1", "task-2", "task-3"}) {
    EXPECT_NE(terminal_.out.find(id), std::string::npos) << id;
  }
}

TEST_F(CommandsTest, NamesThatMeanSeveralThingsAreRefusedWithTheirIds) {
  AnswerList("/api/v1/backups", R"({"id":"a","name":"n"},{"id":"b","name":"n"})");
  const Status status = RunCommand(BackupShow{"n"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kConflict);
  EXPECT_NE(status.error().message.find("a, b"), std::string::npos);
}

TEST_F(CommandsTest, NamesThatMeanNothingAreNotFound) {
  AnswerList("/api/v1/backups", "");
  const Status status = RunCommand(BackupShow{"n"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kNotFound);
}

TEST_F(CommandsTest, RestoreAsksAndThenFollowsToASummary) {
  AnswerRestore();
  AnswerTask("completed");
  terminal_.asks = true;
  terminal_.typed = {"RESTORE"};
  ASSERT_TRUE(RunCommand(Restore{.backup = "nightly"}));
  EXPECT_NE(terminal_.err.find("Type RESTORE to confirm"), std::string::npos);
  EXPECT_NE(terminal_.err.find("1.2 GB"), std::string::npos);
  EXPECT_NE(terminal_.err.find("the shop"), std::string::npos) << "what will be replaced";
  EXPECT_NE(terminal_.err.find(" 10 %  download: running"), std::string::npos);
  for (const std::string text : {"restored", "6 min 32 s", "14.2 s", "one file",
                                 "reprise undo 01900000-0000-7000-8000-00000000000d", "in 24 h"}) {
    EXPECT_NE(terminal_.out.find(text), std::string::npos) << text << "\n" << terminal_.out;
  }
}

TEST_F(CommandsTest, ANewEnvironmentHadNoDowntime) {
  Answer("GET", fmt::format("/api/v1/backups/restore/{}", kRestoreId),
         R"({"status":"completed","outcome":"swapped","mode":"new","downtime_seconds":0.0})");
  ASSERT_TRUE(RunCommand(RestoresShow{.restore = std::string(kRestoreId)}));
  EXPECT_NE(terminal_.out.find("restored"), std::string::npos);
  EXPECT_EQ(terminal_.out.find("odoo was down"), std::string::npos) << terminal_.out;
}

TEST_F(CommandsTest, RestoreDoesNothingWhenSomethingElseIsTyped) {
  AnswerRestore();
  terminal_.asks = true;
  terminal_.typed = {"restore"};
  const Status status = RunCommand(Restore{.backup = "nightly"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kConfirmationMissing);
  for (const std::string& one : asked_) EXPECT_EQ(one.find("POST"), std::string::npos) << one;
}

TEST_F(CommandsTest, RestoreInAScriptNeedsYes) {
  AnswerRestore();
  AnswerTask("completed");
  EXPECT_EQ(RunCommand(Restore{.backup = "nightly"}).error().code, ErrorCode::kConfirmationMissing);
  EXPECT_TRUE(RunCommand(Restore{.backup = "nightly", .yes = true}));
  EXPECT_TRUE(RunCommand(Restore{.backup = "nightly", .confirm = "shop"}));
}

TEST_F(CommandsTest, RestoreSendsWhatWasTold) {
  AnswerRestore();
  AnswerList("/api/v1/environments", R"({"id":"e","name":"staging"})");
  Restore options{.backup = std::string(kBackupId), .to = "existing", .environment = "staging"};
  options.no_safety_backup = true;
  options.keep_hours = 48;
  options.confirm = "staging";
  options.detach = true;
  ASSERT_TRUE(RunCommand(options, true));
  const json::value body = ParseJson(bodies_.back()).value();
  EXPECT_EQ(body,
            ParseJson(fmt::format(R"({{"backup_id":"{}","target":{{"mode":"existing",)"
                                  R"("environment_id":"e"}},"create_pre_restore_backup":false,)"
                                  R"("include_filestore":true,"confirm":"staging",)"
                                  R"("keep_previous_hours":48}})",
                                  kBackupId))
                .value());
  EXPECT_EQ(ParseJson(terminal_.out).value().at("task_id").as_string(), kTaskId);
}

TEST_F(CommandsTest, RestoreRefusesOptionsThatContradictItsTarget) {
  for (const Restore& options :
       {Restore{.backup = "b", .to = "existing"}, Restore{.backup = "b", .environment = "e"},
        Restore{.backup = "b", .to = "new"}, Restore{.backup = "b", .name = "n"}}) {
    const Status status = RunCommand(options);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(asked_.empty());
}

TEST_F(CommandsTest, AFailedTaskFailsTheCommandWithItsCodeAndHint) {
  AnswerRestore();
  AnswerTask("failed", R"(,"error_code":"no_space","error_message":"the disk is full",)"
                       R"("error_hint":"free 3 GB","error_step":"load_database")");
  const Status status = RunCommand(Restore{.backup = "nightly", .yes = true});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(TraitsOf(status.error().code).exit_code, 7);
  EXPECT_EQ(status.error().Sentence(), "the disk is full (in step load_database)");
  EXPECT_EQ(status.error().hint, "free 3 GB");
}

TEST_F(CommandsTest, ACancelledTaskExitsAsCancelled) {
  AnswerTask("cancelled");
  EXPECT_EQ(RunCommand(TaskWatch{std::string(kTaskId)}).error().code, ErrorCode::kCancelled);
}

TEST_F(CommandsTest, WatchComesBackWithTheLastEventWhenTheStreamBreaksOff) {
  const std::string path = fmt::format("/api/v1/tasks/{}", kTaskId);
  int calls = 0;
  std::vector<std::string> last_ids;
  router_.Add(
      "GET", path, api::Rule::Self(), [&](const Context&, const Request&) -> Result<Response> {
        return Response{
            200, {}, fmt::format(R"({{"status":"{}"}})", calls < 3 ? "running" : "completed")};
      });
  router_.Add("GET", path + "/events", api::Rule::Self(),
              [&](const Context&, const Request& request) -> Result<Response> {
                last_ids.emplace_back(request.headers.Find("Last-Event-ID").value_or("none"));
                ++calls;
                const std::string text = EventText(calls * 10, "task.log", R"({"line":"hello"})");
                return Response{200, {}, api::LiveBody{[text](const std::function<void()>&) {
                                  return std::make_shared<FixedFeed>(text);
                                }}};
              });
  ASSERT_TRUE(RunCommand(TaskWatch{std::string(kTaskId)}));
  EXPECT_EQ(last_ids, (std::vector<std::string>{"none", "10", "20"}));
}

TEST_F(CommandsTest, CtrlCStopsWatchingAndSaysThatTheTaskGoesOn) {
  // Blocked here, so that the server's threads do not take the signal.
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);
  const std::string path = fmt::format("/api/v1/tasks/{}/events", kTaskId);
  router_.Add("GET", path, api::Rule::Self(),
              [](const Context&, const Request&) -> Result<Response> {
                class Silent final : public api::LiveFeed {
                 public:
                  [[nodiscard]] Piece Take() override { return {}; }
                  void Close() override {}
                };
                ::kill(::getpid(), SIGINT);
                return Response{200, {}, api::LiveBody{[](const std::function<void()>&) {
                                  return std::make_shared<Silent>();
                                }}};
              });
  const Status status = RunCommand(TaskWatch{std::string(kTaskId)});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  EXPECT_NE(status.error().message.find("goes on"), std::string::npos);
  EXPECT_NE(status.error().hint.find("task watch"), std::string::npos);
}

TEST_F(CommandsTest, ImportUploadsTheFileUnderItsName) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/shop.zip";
  const std::string content(3'000'000, 'z');
  ASSERT_TRUE(WriteTextFile(path, content, FileMode::kShared));
  std::string received;
  std::string name;
  router_.Add(
      "POST", "/api/v1/backups/import", api::Rule::Self(),
      [&](const Context& ctx, const Request& request) -> Result<Response> {
        name = request.QueryValue("name").value_or("");
        ASSIGN_OR_RETURN(received, ReadAll(ctx, *request.upload, 10 << 20));
        return api::JsonResponse(202, json::object{{"id", kBackupId}, {"task_id", kTaskId}});
      },
      api::RouteOptions{.body = api::BodyMode::kStreamed});
  ASSERT_TRUE(RunCommand(BackupImport{.file = path, .at_once = true, .detach = true}));
  EXPECT_EQ(name, "shop.zip");
  EXPECT_EQ(received, content);
  EXPECT_NE(terminal_.err.find("100 %  uploading"), std::string::npos);
}

// An upload as the server keeps it, which loses the line after `first` bytes, once.
class UploadTest : public CommandsTest {
 protected:
  UploadTest() {
    const std::string all = "/api/v1/backups/uploads";
    router_.Add("GET", all, api::Rule::Self(), [this](const Context&, const Request&) {
      json::array items;
      if (!upload_.empty()) items.push_back(Shown());
      return Result<Response>(api::JsonResponse(200, json::object{{"items", items},
                                                                  {"total", items.size()},
                                                                  {"page", 1},
                                                                  {"page_size", 100},
                                                                  {"total_pages", 1}}));
    });
    router_.Add("POST", all, api::Rule::Self(), [this](const Context&, const Request& request) {
      upload_ = ParseJson(request.body).value().as_object();
      ++begun_;
      return Result<Response>(api::JsonResponse(201, Shown()));
    });
    router_.Add("GET", all + "/u1", api::Rule::Self(), [this](const Context&, const Request&) {
      return Result<Response>(api::JsonResponse(200, Shown()));
    });
    router_.Add(
        "PATCH", all + "/u1", api::Rule::Self(),
        [this](const Context& ctx, const Request& request) { return Take(ctx, request); },
        api::RouteOptions{.body = api::BodyMode::kStreamed});
    router_.Add(
        "POST", all + "/u1/complete", api::Rule::Self(),
        [](const Context&, const Request&) -> Result<Response> {
          return api::JsonResponse(202, json::object{{"id", kBackupId}, {"task_id", kTaskId}});
        });
    EXPECT_TRUE(WriteTextFile(path_, content_, FileMode::kShared));
  }
  json::object Shown() {
    json::object shown = upload_;
    shown["id"] = "u1";
    shown["offset"] = kept_.size();
    shown["name"] = "shop.zip";
    return shown;
  }
  Result<Response> Take(const Context& ctx, const Request& request) {
    offsets_.emplace_back(request.headers.Find("Upload-Offset").value_or(""));
    if (offsets_.back() != std::to_string(kept_.size())) {
      return Fail(ErrorCode::kConflict, "the upload stands elsewhere");
    }
    if (breaks_ > 0) {
      --breaks_;
      std::string some(100'000, ' ');
      RETURN_IF_ERROR(ReadFull(ctx, *request.upload, std::as_writable_bytes(std::span(some))));
      kept_ += some;
      return Fail(breaks_with_, "it broke");
    }
    ASSIGN_OR_RETURN(const std::string rest, ReadAll(ctx, *request.upload, 10 << 20));
    kept_ += rest;
    return api::JsonResponse(200, Shown());
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/shop.zip";
  const std::string content_ = std::string(2'000'000, 'a') + std::string(1'000'000, 'b');
  json::object upload_;
  std::string kept_;
  std::vector<std::string> offsets_;
  int breaks_ = 0;
  ErrorCode breaks_with_ = ErrorCode::kUnavailable;
  int begun_ = 0;
};

TEST_F(UploadTest, ImportSendsTheFileInOneGoWhereTheLineHolds) {
  const Status done = RunCommand(BackupImport{.file = path_, .detach = true});
  ASSERT_TRUE(done) << done.error().Sentence();
  EXPECT_EQ(kept_, content_);
  EXPECT_EQ(offsets_, std::vector<std::string>{"0"});
  EXPECT_NE(terminal_.err.find("100 %  uploading"), std::string::npos);
}

TEST_F(UploadTest, ImportGoesOnByItselfWhereTheLineBroke) {
  breaks_ = 2;
  const Status done = RunCommand(BackupImport{.file = path_, .detach = true});
  ASSERT_TRUE(done) << done.error().Sentence();
  EXPECT_EQ(kept_, content_);
  EXPECT_EQ(offsets_, (std::vector<std::string>{"0", "100000", "200000"}));
}

TEST_F(UploadTest, ImportGoesOnAfterAHiccupOfTheStorage) {
  breaks_ = 1;
  breaks_with_ = ErrorCode::kStorageFailed;
  const Status done = RunCommand(BackupImport{.file = path_, .detach = true});
  ASSERT_TRUE(done) << done.error().Sentence();
  EXPECT_EQ(kept_, content_);
  EXPECT_EQ(offsets_, (std::vector<std::string>{"0", "100000"}));
}

TEST_F(UploadTest, ImportForgetsConflictsOnceTheUploadHasMoved) {
  breaks_ = 6;
  breaks_with_ = ErrorCode::kConflict;
  const Status done = RunCommand(BackupImport{.file = path_, .detach = true});
  ASSERT_TRUE(done) << done.error().Sentence();
  EXPECT_EQ(kept_, content_);
}

TEST_F(UploadTest, ImportGoesOnOnlyWithAnUploadOfTheSha256ThatIsTold) {
  const std::string right = HashOf(HashKind::kSha256, content_);
  ASSERT_TRUE(RunCommand(BackupImport{.file = path_, .detach = true}));
  kept_.clear();
  ASSERT_TRUE(RunCommand(BackupImport{.file = path_, .sha256 = right, .detach = true}));
  EXPECT_EQ(begun_, 2) << "the first was begun without";
  EXPECT_EQ(std::string(upload_.at("sha256").as_string()), right);
  kept_.resize(2'500'000);
  ASSERT_TRUE(RunCommand(BackupImport{.file = path_, .sha256 = right, .detach = true}));
  EXPECT_EQ(begun_, 2);
  kept_.clear();
  const std::string other(64, '0');
  ASSERT_TRUE(RunCommand(BackupImport{.file = path_, .sha256 = other, .detach = true}));
  EXPECT_EQ(begun_, 3);
  EXPECT_EQ(std::string(upload_.at("sha256").as_string()), other);
}

TEST_F(UploadTest, ResumeRefusesAnotherSha256ThanTheUploadWasBegunWith) {
  ASSERT_TRUE(RunCommand(BackupImport{.file = path_, .detach = true}));
  offsets_.clear();
  kept_.resize(2'500'000);
  const std::string told(64, '0');
  const Status refused =
      RunCommand(BackupImport{.file = path_, .sha256 = told, .resume = "u1", .detach = true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("without a sha256"), std::string::npos);
  EXPECT_NE(refused.error().message.find(told), std::string::npos);
  EXPECT_TRUE(offsets_.empty()) << "nothing was sent";
}

TEST_F(UploadTest, ImportFindsTheUploadThatAnEarlierRunLeft) {
  ASSERT_TRUE(RunCommand(BackupImport{.file = path_, .detach = true}));
  kept_.resize(2'500'000);
  offsets_.clear();
  ASSERT_TRUE(RunCommand(BackupImport{.file = path_, .detach = true}));
  EXPECT_EQ(begun_, 1);
  EXPECT_EQ(kept_, content_);
  EXPECT_EQ(offsets_, std::vector<std::string>{"2500000"});
}

TEST_F(UploadTest, ImportNeverJoinsTwoFilesOfOneNameAndSize) {
  ASSERT_TRUE(RunCommand(BackupImport{.file = path_, .detach = true}));
  ASSERT_TRUE(WriteTextFile(path_, std::string(3'000'000, 'c'), FileMode::kShared));
  const Status told = RunCommand(BackupImport{.file = path_, .resume = "u1", .detach = true});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, ErrorCode::kInvalidArgument);
  kept_.clear();
  ASSERT_TRUE(RunCommand(BackupImport{.file = path_, .detach = true}));
  EXPECT_EQ(begun_, 2);
}

TEST_F(CommandsTest, ImportHasAnAddressFetchedWithTheHeadersOfAFile) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/headers";
  ASSERT_TRUE(WriteTextFile(path, "Authorization: Bearer x\r\n\nX-Key: y", FileMode::kShared));
  json::value asked;
  router_.Add(
      "POST", "/api/v1/backups/import/from-url", api::Rule::Self(),
      [&](const Context&, const Request& request) -> Result<Response> {
        asked = request.json ? *request.json : ParseJson(request.body).value();
        return api::JsonResponse(202, json::object{{"id", kBackupId}, {"task_id", kTaskId}});
      });
  ASSERT_TRUE(RunCommand(BackupImport{
      .url = "https://x.example/a.zip", .headers_file = path, .sha256 = "ab", .detach = true}));
  EXPECT_EQ(asked, json::value({{"url", "https://x.example/a.zip"},
                                {"headers", {"Authorization: Bearer x", "X-Key: y"}},
                                {"sha256", "ab"}}));
}

TEST_F(CommandsTest, ImportTellsWhyTheServerRefused) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/shop.zip";
  ASSERT_TRUE(WriteTextFile(path, std::string(5'000'000, 'z'), FileMode::kShared));
  router_.Add(
      "POST", "/api/v1/backups/import", api::Rule::Self(),
      [](const Context&, const Request&) -> Result<Response> {
        return Fail(ErrorCode::kNoSpace, "the storage is full", "free some");
      },
      api::RouteOptions{.body = api::BodyMode::kStreamed});
  const Status status = RunCommand(BackupImport{.file = path, .at_once = true});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(status.error().hint, "free some");
}

class DownloadTest : public CommandsTest {
 protected:
  // Serves `content` under the digest of `promised`.
  void Offer(const std::string& content, const std::string& promised) {
    const std::string path = fmt::format("/api/v1/backups/{}", kBackupId);
    Answer("GET", path, R"({"name":"nightly","format":"reprise"})");
    router_.Add("GET", path + "/download", api::Rule::Self(),
                [=](const Context&, const Request&) -> Result<Response> {
                  const std::string digest = HashOf(HashKind::kSha256, promised);
                  return Response{200, {{"ETag", "\"" + digest + "\""}}, content};
                });
  }
  TemporaryFolder folder_;
};

TEST_F(DownloadTest, WritesTheArchiveUnderTheBackupsName) {
  const std::string content(2'000'000, 'd');
  Offer(content, content);
  ASSERT_TRUE(RunCommand(BackupDownload{std::string(kBackupId), folder_.path()}));
  EXPECT_EQ(ReadTextFile(folder_.path() + "/nightly.zip", 3'000'000).value(), content);
  EXPECT_EQ(terminal_.out, folder_.path() + "/nightly.zip\n");
}

TEST_F(DownloadTest, KeepsNothingOfAnArchiveThatArrivedAltered) {
  Offer("altered", "original");
  const Status status = RunCommand(BackupDownload{std::string(kBackupId), folder_.path()});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kArchiveCorrupt);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(CommandsTest, ServerErrorsComeThroughWithHintAndCode) {
  router_.Add("GET", "/api/v1/environments", api::Rule::Self(),
              [](const Context&, const Request&) -> Result<Response> {
                return Fail(ErrorCode::kEngineUnavailable, "the engine sleeps", "wake it");
              });
  const Status status = RunCommand(EnvList{});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kEngineUnavailable);
  EXPECT_EQ(status.error().message, "the engine sleeps");
  EXPECT_EQ(status.error().hint, "wake it");
}

TEST_F(CommandsTest, AServerThatIsNotThereIsNamed) {
  ApiClient client("http://127.0.0.1:1", "");
  const Session session{Context(), client, terminal_, clock_, false};
  const Status status = cli::Run(session, EnvList{});
  ASSERT_FALSE(status);
  EXPECT_EQ(TraitsOf(status.error().code).exit_code, 8);
  EXPECT_NE(status.error().message.find("http://127.0.0.1:1"), std::string::npos);
}

TEST_F(CommandsTest, AWrongTokenIsRefused) {
  server_.emplace(router_);
  ApiClient client(fmt::format("http://127.0.0.1:{}", server_->port()), "wrong");
  const Status status = cli::Run(Session{Context(), client, terminal_, clock_, false}, EnvList{});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kUnauthenticated);
}

TEST_F(CommandsTest, InspectAndVerifySayWhatIsWrongWithAFile) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/nonsense";
  ASSERT_TRUE(WriteTextFile(path, "not a backup at all", FileMode::kShared));
  EXPECT_EQ(RunCommand(InspectFile{path}).error().code, ErrorCode::kFormatUnsupported);
  EXPECT_EQ(RunCommand(VerifyFile{path}).error().code, ErrorCode::kFormatUnsupported);
  EXPECT_EQ(RunCommand(VerifyFile{path + "x"}).error().code, ErrorCode::kNotFound);
}

TEST(PathWith, EncodesValuesAndLeavesEmptyOnesOut) {
  EXPECT_EQ(PathWith("/a", {{"x", "1 &2"}, {"y", ""}, {"z", "ü"}}), "/a?x=1%20%262&z=%C3%BC");
  EXPECT_EQ(PathWith("/a", {}), "/a");
}

TEST(ErrorOfProblem, SaysSoWhenTheAnswerIsNoProblem) {
  EXPECT_EQ(ErrorOfProblem(502, "<html>").code, ErrorCode::kInternal);
  EXPECT_NE(ErrorOfProblem(502, "<html>").message.find("502"), std::string::npos);
}

}  // namespace
}  // namespace reprise::cli
