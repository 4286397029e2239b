#include "api/event_hub.hpp"

#include <gtest/gtest.h>

#include "api/testing/api_house.hpp"

namespace reprise::api {
namespace {

using testing::ApiHouse;
using testing::RawClient;
using namespace std::chrono_literals;

class EventsTest : public ::testing::Test {
 protected:
  std::unique_ptr<RawClient> Listen(std::string_view path, std::string_view headers = "") {
    auto client = std::make_unique<RawClient>(house_.server->port());
    client->Send(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n{}\r\n",
                             path, ApiHouse::kToken, headers));
    return client;
  }
  domain::Task Submit(std::string target = "") {
    return house_.journal
        .Submit({.kind = domain::TaskKind::kBackup,
                 .project_id = house_.catalog.project(),
                 .target = std::move(target)})
        .value();
  }
  jobs::Claim Claim() { return house_.journal.ClaimNext("worker", 30s).value().value(); }
  std::int64_t LastSeq() {
    return house_.journal.EventsAfter(0, std::nullopt, 10'000).value().back().seq;
  }

  ApiHouse house_;
};

TEST_F(EventsTest, ATasksStreamReplaysAndFollowsToItsEnd) {
  const domain::Task task = Submit();
  const auto client = Listen(fmt::format("/api/v1/tasks/{}/events", task.id.value));
  ASSERT_TRUE(client->ReadUntil("event: task.queued"));
  EXPECT_NE(client->inbox().find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(client->inbox().find(fmt::format("\"task_id\":\"{}\"", task.id.value)),
            std::string::npos);

  const jobs::Claim claim = Claim();
  ASSERT_TRUE(client->ReadUntil("event: task.started"));
  ASSERT_TRUE(house_.journal.DeclareSteps(claim, {"dump"}));
  ASSERT_TRUE(house_.journal.SetStep(claim, "dump", domain::StepState::kRunning, ""));
  ASSERT_TRUE(house_.journal.SetProgress(claim, "dump", 40, "4 of 10", 40, 12.0));
  ASSERT_TRUE(client->ReadUntil("\"detail\":\"4 of 10\""));
  ASSERT_TRUE(house_.journal.End(claim, domain::TaskStatus::kCompleted));
  ASSERT_TRUE(client->ReadUntil("event: task.completed"));
  EXPECT_TRUE(client->ReadUntil("\r\n0\r\n\r\n"));  // the stream ends with the task
  client->Drop();
  EXPECT_TRUE(client->Closed());
}

TEST_F(EventsTest, AClientThatComesBackMissesAndRepeatsNothing) {
  const domain::Task task = Submit();
  const std::int64_t first = LastSeq();
  const jobs::Claim claim = Claim();
  ASSERT_TRUE(house_.journal.DeclareSteps(claim, {"dump"}));
  const std::string path = fmt::format("/api/v1/tasks/{}/events", task.id.value);
  for (const auto& [query, header] :
       {std::pair(std::string(), fmt::format("Last-Event-ID: {}\r\n", first)),
        std::pair(fmt::format("?after={}", first), std::string()),
        std::pair(std::string("?after=0"), fmt::format("Last-Event-ID: {}\r\n", first))}) {
    const auto client = Listen(path + query, header);
    ASSERT_TRUE(client->ReadUntil("event: task.started"));
    EXPECT_EQ(client->inbox().find("event: task.queued"), std::string::npos);
  }
  EXPECT_EQ(house_.Call("GET", path + "?after=-1").raw.status, 422);
  EXPECT_EQ(house_.Call("GET", path, "", "Last-Event-ID: abc\r\n").raw.status, 422);
}

TEST_F(EventsTest, AnEndedTaskHasNothingMoreToSay) {
  const domain::Task task = Submit();
  ASSERT_TRUE(house_.journal.RequestCancel(task.id));
  const std::string path = fmt::format("/api/v1/tasks/{}/events", task.id.value);
  const auto all = Listen(path);
  EXPECT_TRUE(all->ReadUntil("event: task.cancelled"));
  EXPECT_EQ(house_.Call("GET", path + "?after=" + std::to_string(LastSeq())).raw.status, 204);
}

TEST_F(EventsTest, TheStreamOfAllBeginsNowAndHearsEveryTask) {
  Submit("early");
  const auto client = Listen("/api/v1/events");
  ASSERT_TRUE(client->ReadUntil(": heartbeat"));
  const domain::Task one = Submit("one");
  const domain::Task two = Submit("two");
  ASSERT_TRUE(client->ReadUntil(two.id.value));
  EXPECT_NE(client->inbox().find(one.id.value), std::string::npos);
  EXPECT_EQ(client->inbox().find(fmt::format("id: {}\n", 1)), std::string::npos);
}

TEST_F(EventsTest, TheStreamOfAllReplaysWhenAsked) {
  const domain::Task early = Submit();
  const auto client = Listen("/api/v1/events?after=0");
  EXPECT_TRUE(client->ReadUntil(early.id.value));
}

TEST_F(EventsTest, LongReplaysComeWholeAndInOrder) {
  const domain::Task task = Submit();
  const jobs::Claim claim = Claim();
  constexpr int kLines = 600;
  const std::string padding(1500, 'x');
  for (int i = 0; i < kLines; ++i) {
    ASSERT_TRUE(house_.journal.AppendEvent(claim, "task.log",
                                           {{"line", fmt::format("line-{}-{}", i, padding)}}));
  }
  ASSERT_TRUE(house_.journal.End(claim, domain::TaskStatus::kCompleted));
  const auto client = Listen(fmt::format("/api/v1/tasks/{}/events", task.id.value));
  ASSERT_TRUE(client->ReadUntil("event: task.completed", 60s));
  std::size_t at = 0;
  for (int i = 0; i < kLines; ++i) {
    at = client->inbox().find(fmt::format("line-{}-", i), at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST_F(EventsTest, ClientsThatLeaveAreForgotten) {
  const domain::Task task = Submit();
  for (int i = 0; i < 50; ++i) {
    const auto client = Listen(fmt::format("/api/v1/tasks/{}/events", task.id.value));
    ASSERT_TRUE(client->ReadUntil("event: task.queued"));
  }
  const auto last = Listen(fmt::format("/api/v1/tasks/{}/events", task.id.value));
  ASSERT_TRUE(house_.journal.RequestCancel(task.id));
  EXPECT_TRUE(last->ReadUntil("event: task.cancelled"));
}

TEST_F(EventsTest, ManyListenersNeedNoThreadsOfTheirOwn) {
  const domain::Task task = Submit();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(Listen(fmt::format("/api/v1/tasks/{}/events", task.id.value)));
    ASSERT_TRUE(clients.back()->ReadUntil("event: task.queued"));
  }
  EXPECT_EQ(house_.Call("GET", "/healthz").raw.status, 200);
  ASSERT_TRUE(house_.journal.RequestCancel(task.id));
  for (const auto& client : clients) EXPECT_TRUE(client->ReadUntil("event: task.cancelled"));
}

TEST_F(EventsTest, StoppingTheServerEndsLiveStreams) {
  const domain::Task task = Submit();
  const auto client = Listen(fmt::format("/api/v1/tasks/{}/events", task.id.value));
  ASSERT_TRUE(client->ReadUntil("event: task.queued"));
  house_.server->Stop();
  client->Drop();
  client->ReadUntil("never");
  client->Drop();
  EXPECT_TRUE(client->Closed());
}

TEST_F(EventsTest, StreamsOfOneListenerAreAskedForTogether) {
  EventHub hub(house_.journal, 1h);
  std::atomic<int> asked = 0;
  const auto open = [&](const std::string& listener) {
    return hub.Open({std::nullopt, 0,
                     [&]() -> Result<access::Visible> {
                       ++asked;
                       return access::Visible();
                     },
                     listener},
                    [] {});
  };
  const auto one = open("ann");
  const auto two = open("ann");
  EXPECT_EQ(asked, 1);
  const auto other = open("bob");
  EXPECT_EQ(asked, 2);
  const auto alone = open("");
  const auto alone_too = open("");
  EXPECT_EQ(asked, 4);
}

TEST(RenderEvent, MakesOneEventOfTheStream) {
  domain::TaskEvent event;
  event.seq = 7;
  event.task_id.value = "t";
  event.type = "task.log";
  event.data = R"({"line":"two\nlines"})";
  event.at = ParseInstant("2024-12-11T11:00:00Z").value();
  EXPECT_EQ(
      RenderEvent(event),
      "id: 7\nevent: task.log\n"
      "data: {\"line\":\"two\\nlines\",\"task_id\":\"t\",\"at\":\"2024-12-11T11:00:00Z\"}\n\n");
}

}  // namespace
}  // namespace reprise::api
