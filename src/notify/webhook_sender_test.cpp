#include "notify/webhook_sender.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <mutex>

#include "base/id.hpp"
#include "base/json_fields.hpp"
#include "catalog/testing/temporary_catalog.hpp"
#include "jobs/journal.hpp"
#include "notify/webhook_signature.hpp"

namespace reprise::notify {
namespace {

using catalog::Webhook;
using catalog::testing::CatalogKind;
using catalog::testing::CatalogKinds;
using catalog::testing::TemporaryCatalog;
using ::testing::HasSubstr;

// A real HTTP receiver on the loopback: answers with the statuses it is told, then with 204.
class Receiver {
 public:
  Receiver() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
    EXPECT_EQ(0, ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address));
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
    ::listen(listener_, 16);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { Serve(); });
  }
  ~Receiver() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::string Url() const { return fmt::format("http://127.0.0.1:{}/hook", port_); }
  void AnswerWith(const std::vector<int>& statuses) {
    const std::scoped_lock lock(mutex_);
    statuses_.assign(statuses.begin(), statuses.end());
  }
  [[nodiscard]] std::vector<std::string> Requests() {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    while (true) {
      const int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      std::string text;
      std::array<char, 4096> buffer{};
      while (!IsWhole(text)) {
        const ssize_t count = ::recv(peer, buffer.data(), buffer.size(), 0);
        if (count <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
      }
      const std::scoped_lock lock(mutex_);
      requests_.push_back(text);
      const int status = statuses_.empty() ? 204 : statuses_.front();
      if (!statuses_.empty()) statuses_.pop_front();
      const std::string answer =
          fmt::format("HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", status,
                      status == 204 ? 0 : 4, status == 204 ? "" : "oops");
      ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(peer);
    }
  }
  static bool IsWhole(const std::string& text) {
    const std::size_t end = text.find("\r\n\r\n");
    const std::size_t length = text.find("Content-Length: ");
    if (end == std::string::npos || length == std::string::npos) return false;
    return text.size() >= end + 4 + std::stoul(text.substr(length + 16));
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::deque<int> statuses_;           // under mutex_
  std::vector<std::string> requests_;  // under mutex_
  std::jthread thread_;
};

std::string HeaderOf(const std::string& request, const std::string& name) {
  const std::size_t at = request.find(name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t from = at + name.size() + 2;
  return request.substr(from, request.find("\r\n", from) - from);
}

class WebhookSenderTest : public ::testing::TestWithParam<CatalogKind> {
 protected:
  WebhookSenderTest() {
    EXPECT_TRUE(store_.FanOut());  // from here on
  }
  Webhook Add(const std::string& url, std::vector<std::string> events = {}) {
    Webhook webhook;
    webhook.id = NewUuid();
    webhook.organization_id =
        catalog::TenancyStore(catalog_.database()).DefaultProject()->organization_id;
    webhook.name = "ops";
    webhook.url = url;
    webhook.events = std::move(events);
    webhook.sealed_secret = box_.Seal(secret_, webhook.id);
    EXPECT_TRUE(store_.Insert(webhook));
    return webhook;
  }
  domain::Task Submit() {
    return journal_.Submit({.kind = domain::TaskKind::kVerify, .project_id = catalog_.project()})
        .value();
  }
  int RunOnce(Reach reach = Reach::kAnybody) {
    WebhookSender sender(catalog_.database(), store_, box_, clock_, {.reach = reach});
    return sender.RunOnce(Context()).value();
  }
  catalog::WebhookDelivery Only(const Webhook& webhook) {
    const auto page = store_.Deliveries(webhook.id, {}).value();
    EXPECT_EQ(page.total, 1);
    return page.items.empty() ? catalog::WebhookDelivery{} : page.items.front();
  }

  ManualClock clock_{ParseInstant("2024-12-11T11:00:00Z").value()};
  TemporaryCatalog catalog_{GetParam()};
  jobs::Journal journal_{catalog_.database(), clock_};
  catalog::WebhookStore store_{catalog_.database(), clock_};
  const access::SecretBox box_{std::string(64, 'a')};
  const std::string secret_ = NewWebhookSecret();
  Receiver receiver_;
};

TEST_P(WebhookSenderTest, TellsWhatHappenedSigned) {
  const Webhook webhook = Add(receiver_.Url());
  const domain::Task task = Submit();
  EXPECT_EQ(RunOnce(), 1);
  const auto requests = receiver_.Requests();
  ASSERT_EQ(requests.size(), 1U);
  const std::string& request = requests.front();
  const std::string body = request.substr(request.find("\r\n\r\n") + 4);
  EXPECT_EQ(HeaderOf(request, "webhook-timestamp"), "1733914800");
  EXPECT_EQ(HeaderOf(request, "webhook-signature"),
            SignWebhook(secret_, HeaderOf(request, "webhook-id"), 1733914800, body).value());
  const auto json = ParseJson(body).value();
  EXPECT_EQ(json.at("type").as_string(), "task.queued");
  EXPECT_EQ(json.at("data").at("task_id").as_string(), task.id.value);
  const auto delivery = Only(webhook);
  EXPECT_EQ(delivery.state, "delivered");
  EXPECT_EQ(delivery.status, 204);
  EXPECT_EQ(RunOnce(), 0) << "once is enough";
}

TEST_P(WebhookSenderTest, TellsOnlyWhatIsWanted) {
  Add(receiver_.Url(), {"task.failed"});
  const Webhook cancelled = Add(receiver_.Url(), {"task.cancelled"});
  const domain::Task task = Submit();
  ASSERT_TRUE(journal_.RequestCancel(task.id));
  EXPECT_EQ(RunOnce(), 1);
  EXPECT_EQ(Only(cancelled).type, "task.cancelled");
}

TEST_P(WebhookSenderTest, AnEventCanBeNamedByTheKindOfItsTask) {
  const Webhook verified = Add(receiver_.Url(), {"verify.queued"});
  Add(receiver_.Url(), {"backup.queued", "verify.cancelled"});
  Submit();
  EXPECT_EQ(RunOnce(), 1);
  EXPECT_EQ(Only(verified).type, "task.queued");
}

TEST_P(WebhookSenderTest, AMailIsOnlyOfWhatSomebodyHasToLookAt) {
  const Webhook mail = Add("mailto:ops@acme.example");
  const domain::Task task = Submit();
  ASSERT_TRUE(journal_.RequestCancel(task.id));
  EXPECT_EQ(RunOnce(), 0);
  // Without a mail server it waits, and its log says why.
  ASSERT_TRUE(store_.Queue(mail.id, "ping", R"({"type":"ping","data":{}})"));
  EXPECT_EQ(RunOnce(), 1);
  EXPECT_EQ(Only(mail).state, "pending");
  EXPECT_EQ(Only(mail).error, "this node sends no mails (serve --smtp-url)");
}

TEST_P(WebhookSenderTest, TriesAgainLaterWithTheSameId) {
  const Webhook webhook = Add(receiver_.Url());
  receiver_.AnswerWith({500});
  Submit();
  EXPECT_EQ(RunOnce(), 1);
  EXPECT_EQ(Only(webhook).state, "pending");
  EXPECT_EQ(Only(webhook).response, "oops");
  EXPECT_EQ(RunOnce(), 0) << "not at once";
  clock_.Advance(std::chrono::seconds(10));
  EXPECT_EQ(RunOnce(), 1);
  EXPECT_EQ(Only(webhook).state, "delivered");
  EXPECT_EQ(Only(webhook).attempts, 2);
  const auto requests = receiver_.Requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(HeaderOf(requests[0], "webhook-id"), HeaderOf(requests[1], "webhook-id"));
}

TEST_P(WebhookSenderTest, DisablesWhatNeverAnswersAndSaysWhy) {
  const Webhook webhook = Add("http://127.0.0.1:1/");
  for (int i = 0; i < catalog::WebhookStore::kMostFailures; ++i) Submit();
  for (int i = 0; i < catalog::WebhookStore::kMostAttempts; ++i) {
    RunOnce();
    clock_.Advance(std::chrono::hours(8));
  }
  const Webhook after = store_.Get(webhook.id).value();
  EXPECT_FALSE(after.is_enabled);
  EXPECT_THAT(after.disabled_reason, HasSubstr("could not be delivered"));
  Submit();
  EXPECT_EQ(RunOnce(), 0);
}

TEST_P(WebhookSenderTest, ReachesNoPrivateAddressUnlessAllowed) {
  const Webhook webhook = Add(receiver_.Url());
  Submit();
  EXPECT_EQ(RunOnce(Reach::kPublic), 1);
  EXPECT_THAT(Only(webhook).error, HasSubstr("private"));
  EXPECT_TRUE(receiver_.Requests().empty());
}

TEST_P(WebhookSenderTest, NodesThatWorkTogetherSendEachMessageOnce) {
  Add(receiver_.Url());
  for (int i = 0; i < 30; ++i) Submit();
  const auto other = catalog_.OpenAnother();
  catalog::WebhookStore there(*other, clock_);
  const auto work = [&](catalog::WebhookStore& store) {
    WebhookSender sender(catalog_.database(), store, box_, clock_, {.reach = Reach::kAnybody});
    EXPECT_TRUE(sender.RunOnce(Context()));
  };
  {
    const std::jthread a([&] { work(store_); });
    const std::jthread b([&] { work(there); });
  }
  std::set<std::string> ids;
  for (const std::string& request : receiver_.Requests()) {
    EXPECT_TRUE(ids.insert(HeaderOf(request, "webhook-id")).second);
  }
  EXPECT_EQ(ids.size(), 30U);
}

INSTANTIATE_TEST_SUITE_P(Catalogs, WebhookSenderTest, ::testing::ValuesIn(CatalogKinds()),
                         ::testing::PrintToStringParamName());

TEST(BackoffAfter, GrowsToSixHoursAndIsNeverExactlyTheSame) {
  EXPECT_EQ(BackoffAfter(1, 0.5), std::chrono::seconds(5));
  EXPECT_EQ(BackoffAfter(2, 0.5), std::chrono::seconds(20));
  EXPECT_EQ(BackoffAfter(20, 0.5), std::chrono::hours(6));
  EXPECT_LT(BackoffAfter(1, 0), BackoffAfter(1, 1));
}

}  // namespace
}  // namespace reprise::notify
