#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "api/request_parser.hpp"
#include "api/testing/api_house.hpp"
#include "api/testing/nasty_requests.hpp"

// Thousands of requests that are nearly right, made from the contract: none may end in a failure of
// the server, an answer that is not described, or no answer.
//
// Another run of the same: REPRISE_NASTY_SEED=<the printed seed>. One request of it:
// REPRISE_NASTY_ONLY=<its number> as well.
namespace reprise::api {
namespace {

using catalog::testing::CatalogKind;
using testing::ApiHouse;
using testing::NastyRequests;
using testing::RawClient;
using testing::RawResponse;

constexpr std::uint64_t kRequests = 24'000;
constexpr std::uint64_t kRequestsOnPostgres = 6'000;
constexpr std::uint64_t kOverTheWire = 12;  // every so many also goes through a socket

std::optional<std::uint64_t> FromEnvironment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

class NastyRequestsTest : public ::testing::TestWithParam<CatalogKind> {
 protected:
  NastyRequestsTest() : nasty_(*contract_, std::string(ApiHouse::kToken), Ids()) {}

  std::vector<std::string> Ids() {
    const domain::Environment shop = house_.AddEnvironment();
    const domain::Backup backup = house_.AddBackup(shop.id);
    const auto order =
        house_.Call("POST", fmt::format("/api/v1/backups/environments/{}/backups", shop.id.value));
    domain::RestorePoint restore;
    restore.id.value = NewUuid();
    restore.backup_id = backup.id;
    restore.project_id = house_.catalog.project();
    restore.target_environment_id = shop.id;
    restore.target_server_id = shop.server_id;
    EXPECT_TRUE(house_.restores.Insert(restore));
    return {shop.id.value,
            backup.id.value,
            restore.id.value,
            std::string(order.body.at("task_id").as_string()),
            house_.catalog.project().value,
            house_.catalog.server().value,
            NewUuid()};
  }

  // The answer of the router and its handlers; nullopt where the parser has refused already.
  std::optional<RawResponse> AnswerOf(const NastyRequests::Made& made) {
    RequestParser parser(16 * 1024);
    const RequestParser::Step step = parser.ParseHead(made.bytes);
    Request request;
    request.request_id = "nasty";
    if (step.fault || !step.complete || parser.ReadHead(request)) return std::nullopt;
    const auto route = house_.router.Admit(request);
    if (!route) return Raw(route.error());
    StringReader upload(made.body);
    if ((*route)->options.body == BodyMode::kStreamed) {
      request.upload = &upload;
    } else {
      request.body = made.body;
    }
    return Raw(Router::Handle(Context(), **route, request));
  }

  static RawResponse Raw(const Response& response) {
    RawResponse raw;
    raw.status = response.status;
    for (const auto& [name, value] : response.headers) {
      std::string lower = name;
      for (char& c : lower) c = static_cast<char>(std::tolower(c));
      raw.headers[lower] = value;
    }
    if (const auto* text = std::get_if<std::string>(&response.body)) raw.body = *text;
    return raw;
  }

  void Judge(const NastyRequests::Made& made, const RawResponse& answer, std::string_view how) {
    ++statuses_[answer.status];
    EXPECT_TRUE(answer.status < 500 || answer.status == 501) << how << answer.status;
    for (const std::string& fault : house_.answers.Faults(made.method, made.target, answer)) {
      ADD_FAILURE() << how << fault << "\n" << answer.body;
    }
  }

  void Send(const NastyRequests::Made& made) {
    RawClient client(house_.server->port());
    client.Send(made.bytes);
    client.FinishSending();
    const auto answer = client.Read(made.method == "HEAD");
    ASSERT_TRUE(answer) << "no answer over the wire";
    Judge(made, *answer, "over the wire: ");
  }

  void Try(std::uint64_t seed, std::uint64_t number) {
    const NastyRequests::Made made = nasty_.Make(seed + number);
    SCOPED_TRACE(fmt::format("REPRISE_NASTY_SEED={} REPRISE_NASTY_ONLY={}: {} {}\n{}", seed, number,
                             made.method, made.target, made.bytes.substr(0, 2000)));
    if (const auto answer = AnswerOf(made)) Judge(made, *answer, "");
    const bool endless = made.target.find("/events") != std::string::npos;
    if (number % kOverTheWire == 0 && !endless) Send(made);
  }

  std::shared_ptr<const Contract> contract_ = Contract::BuiltIn().value();
  ApiHouse house_{GetParam()};
  NastyRequests nasty_;
  std::map<int, int> statuses_;
};

TEST_P(NastyRequestsTest, AreRefusedOrServedButNeverBreakTheServer) {
  const std::uint64_t seed = FromEnvironment("REPRISE_NASTY_SEED").value_or(std::random_device()());
  std::cout << "REPRISE_NASTY_SEED=" << seed << std::endl;
  if (const auto only = FromEnvironment("REPRISE_NASTY_ONLY")) {
    Try(seed, *only);
    return;
  }
  const bool sqlite = GetParam() == CatalogKind::kSqlite;
  const std::uint64_t count = sqlite ? kRequests : kRequestsOnPostgres;
  for (std::uint64_t number = 0; number < count && !HasFailure(); ++number) Try(seed, number);
  for (const auto& [status, times] : statuses_) std::cout << status << ": " << times << "\n";

  // They came far enough in to matter.
  for (const int status : {200, 400, 401, 404, 405, 412, 422}) {
    EXPECT_GT(statuses_[status], 20) << status;
  }
  // What they have left behind can be read.
  for (const char* list : {"environments", "backups", "restores", "tasks"}) {
    const auto answer =
        house_.Call("GET", fmt::format("/api/v1/{}?page_size=100&with_deleted=true", list));
    EXPECT_TRUE(answer.raw.status == 200 || answer.raw.status == 422) << list << answer.raw.body;
    EXPECT_EQ(house_.Call("GET", fmt::format("/api/v1/{}?page_size=100", list)).raw.status, 200);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogs, NastyRequestsTest,
                         ::testing::ValuesIn(catalog::testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace reprise::api
