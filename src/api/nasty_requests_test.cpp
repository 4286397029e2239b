#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "api/request_parser.hpp"
#include "api/testing/access_world.hpp"
#include "api/testing/nasty_requests.hpp"

// Thousands of requests that are nearly right, made from the contract: none may end in a failure of
// the server, an answer that is not described, or no answer.
//
// Another run of the same: REPRISE_NASTY_SEED=<the printed seed>. One request of it:
// REPRISE_NASTY_ONLY=<its number> as well.
namespace reprise::api {
namespace {

using catalog::testing::CatalogKind;
using testing::AccessWorld;
using testing::ApiHouse;
using testing::NastyRequests;
using testing::RawClient;
using testing::RawResponse;

constexpr std::uint64_t kRequests = 24'000;
constexpr std::uint64_t kRequestsOnPostgres = 6'000;
constexpr std::uint64_t kRequestsOfStrangers = 6'000;
constexpr std::string_view kSecret = "our-own-shop";
constexpr std::uint64_t kOverTheWire = 12;  // every so many also goes through a socket

std::optional<std::uint64_t> FromEnvironment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

class NastyRequestsTest : public ::testing::TestWithParam<CatalogKind> {
 protected:
  // Things of ours, of all kinds. What the environment and the backup say holds kSecret.
  NastyRequests::Known Ours() {
    const domain::Environment shop = house_.AddEnvironment(std::string(kSecret));
    const domain::Backup backup = house_.AddBackup(shop.id);
    EXPECT_TRUE(house_.backups.Update(backup.id, [](domain::Backup& row) -> Status {
      row.notes = kSecret;
      return {};
    }));
    NastyRequests::Known known;
    known.ids = {{"environments", shop.id.value},
                 {"backups", backup.id.value},
                 {"servers", house_.catalog.server().value}};
    for (const auto& [list, thing] :
         {std::pair("restore", "restore"), std::pair("tasks", "task"),
          std::pair("projects", "project"), std::pair("grants", "project"),
          std::pair("organizations", "organization"), std::pair("teams", "team"),
          std::pair("roles", "role"), std::pair("overrides", "override"),
          std::pair("tokens", "token"), std::pair("sessions", "session"),
          std::pair("users", "member")}) {
      known.ids[list] = world_.Fill(fmt::format("{{@{}}}", thing));
    }
    known.ids["members"] = known.ids["users"];
    known.names = {std::string(kSecret), "nightly", "RESTORE"};
    return known;
  }
  NastyRequests::Known OursToAStranger() const {
    NastyRequests::Known known = known_;
    known.names.erase(known.names.begin());
    return known;
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
    return Raw(house_.router.Handle(Context(), **route, request));
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
    // Neither the server nor the storage that are configured here can be reached from here.
    const bool reaches_out = made.target.find("/servers") != std::string::npos ||
                             made.target.find("/backups/import") != std::string::npos;
    EXPECT_TRUE(answer.status < 500 || answer.status == 501 ||
                (reaches_out && answer.status == 503))
        << how << answer.status;
    for (const std::string& fault : house_.answers.Faults(made.method, made.target, answer)) {
      ADD_FAILURE() << how << fault << "\n" << answer.body;
    }
  }

  // A stranger, who knows our ids but not our names, is let in nowhere and told nothing.
  void ExpectNothingOfOurs(const NastyRequests::Made& made, const RawResponse& answer) {
    EXPECT_EQ(answer.body.find(kSecret), std::string::npos) << answer.body;
    const std::string path = made.target.substr(0, made.target.find('?'));
    for (const auto& [list, id] : known_.ids) {
      if (list == "servers") continue;  // the local one is everybody's
      EXPECT_TRUE(answer.status >= 300 || path.find(id) == std::string::npos) << answer.body;
    }
  }

  // All requests of a run, or the one that is asked for.
  void TryAll(NastyRequests& nasty, std::uint64_t count) {
    // The same in every run: what a change is refused for is that change's. Others on request.
    const std::uint64_t seed = FromEnvironment("REPRISE_NASTY_SEED").value_or(20'261'127);
    std::cout << "REPRISE_NASTY_SEED=" << seed << std::endl;
    only_ = FromEnvironment("REPRISE_NASTY_ONLY");
    if (only_) {
      Try(nasty, seed, *only_);
      return;
    }
    for (std::uint64_t number = 0; number < count && !HasFailure(); ++number) {
      Try(nasty, seed, number);
    }
    for (const auto& [status, times] : statuses_) std::cout << status << ": " << times << "\n";
  }

  void Send(const NastyRequests::Made& made) {
    RawClient client(house_.server->port());
    client.Send(made.bytes);
    client.FinishSending();
    const auto answer = client.Read(made.method == "HEAD");
    ASSERT_TRUE(answer) << "no answer over the wire";
    Judge(made, *answer, "over the wire: ");
  }

  void Try(NastyRequests& nasty, std::uint64_t seed, std::uint64_t number) {
    const NastyRequests::Made made = nasty.Make(seed + number);
    SCOPED_TRACE(fmt::format("REPRISE_NASTY_SEED={} REPRISE_NASTY_ONLY={}: {} {}\n{}", seed, number,
                             made.method, made.target, made.bytes.substr(0, 2000)));
    if (const auto answer = AnswerOf(made)) {
      Judge(made, *answer, "");
      if (&nasty == &strangers_) ExpectNothingOfOurs(made, *answer);
    }
    const bool endless = made.target.find("/events") != std::string::npos;
    if (number % kOverTheWire == 0 && !endless) Send(made);
  }

  std::shared_ptr<const Contract> contract_ = Contract::BuiltIn().value();
  AccessWorld world_{GetParam()};
  ApiHouse& house_ = world_.house;
  NastyRequests::Known known_ = Ours();
  NastyRequests nasty_{*contract_, std::string(ApiHouse::kToken), known_};
  NastyRequests strangers_{*contract_, world_.tokens.at("foreign owner"), OursToAStranger()};
  std::map<int, int> statuses_;
  std::optional<std::uint64_t> only_;
};

TEST_P(NastyRequestsTest, AreRefusedOrServedButNeverBreakTheServer) {
  TryAll(nasty_, GetParam() == CatalogKind::kSqlite ? kRequests : kRequestsOnPostgres);
  if (only_) return;
  // They came far enough in to matter.
  for (const int status : {200, 400, 401, 404, 405, 422})
    EXPECT_GT(statuses_[status], 20) << status;
  // What they have left behind can be read.
  for (const char* list : {"environments", "backups", "restores", "tasks", "projects", "users",
                           "organizations", "tokens"}) {
    const auto answer = house_.Call("GET", fmt::format("/api/v1/{}?page_size=100", list));
    EXPECT_EQ(answer.raw.status, 200) << answer.raw.body;
  }
}

TEST_P(NastyRequestsTest, ShowAStrangerNothingOfOthers) {
  TryAll(strangers_, kRequestsOfStrangers);
  if (only_) return;
  for (const int status : {200, 404, 422}) EXPECT_GT(statuses_[status], 20) << status;
}

INSTANTIATE_TEST_SUITE_P(Catalogs, NastyRequestsTest,
                         ::testing::ValuesIn(catalog::testing::CatalogKinds()),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace reprise::api
