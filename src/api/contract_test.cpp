#include "api/contract.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "api/built_in.hpp"
#include "api/testing/access_world.hpp"
#include "api/testing/samples.hpp"

// That openapi.yaml and the server say the same: routes, parameters, fields, values, error codes.
// (Every answer of every test is held against it as well: ApiHouse::Call.)
namespace reprise::api {
namespace {

namespace json = boost::json;
using testing::AccessWorld;
using testing::ApiHouse;
using ::testing::IsEmpty;
using testing::SampleOf;
using Names = std::set<std::string>;
using Place = Parameter::Place;

constexpr std::string_view kNobody = "01900000-0000-7000-8000-000000000000";

class ContractTest : public ::testing::Test {
 protected:
  const Contract& contract() const { return *contract_; }
  const json::value& At(std::string_view pointer) const {
    return contract_->document().at_pointer(pointer);
  }
  Names EnumOf(std::string_view schema) const {
    Names names;
    for (const json::value& name :
         At(fmt::format("/components/schemas/{}/enum", schema)).as_array()) {
      EXPECT_TRUE(names.emplace(name.as_string()).second) << name << " stands twice in " << schema;
    }
    return names;
  }

  std::shared_ptr<const Contract> contract_ = Contract::BuiltIn().value();
  AccessWorld world_;
  ApiHouse& house_ = world_.house;
};

TEST_F(ContractTest, EveryRouteIsDescribedAndEveryDescriptionIsARoute) {
  Names routes;
  for (const Route& route : house_.router.routes()) routes.insert(route.method + route.pattern);
  Names described;
  Names ids;
  for (const Operation& operation : contract().operations()) {
    described.insert(operation.method + operation.path);
    EXPECT_TRUE(ids.insert(operation.id).second) << operation.id << " stands twice";
  }
  EXPECT_EQ(routes, described);
}

TEST_F(ContractTest, PathParametersAreThoseOfTheRoute) {
  for (const Route& route : house_.router.routes()) {
    Names in_route;
    for (const std::string& segment : route.segments) {
      if (segment.front() == '{') in_route.insert(segment.substr(1, segment.size() - 2));
    }
    Names described;
    for (const Parameter& parameter : route.operation->parameters) {
      if (parameter.place != Place::kPath) continue;
      described.insert(parameter.name);
      EXPECT_TRUE(parameter.required) << route.pattern;
    }
    EXPECT_EQ(in_route, described) << route.pattern;
  }
}

TEST_F(ContractTest, OpenCallsAndStreamedBodiesAreDescribedAsSuch) {
  for (const Route& route : house_.router.routes()) {
    EXPECT_EQ(route.operation->open, route.rule.kind() == Rule::Kind::kOpen) << route.pattern;
    const auto& body = route.operation->body;
    EXPECT_EQ(body && body->json == nullptr, route.options.body == BodyMode::kStreamed)
        << route.pattern;
  }
}

std::multimap<int, std::string> AllCodes() {
  std::multimap<int, std::string> codes;
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    const ErrorTraits traits = TraitsOf(static_cast<ErrorCode>(i));
    codes.emplace(traits.http_status, traits.name);
  }
  for (const HttpTraits& row : AllHttpTraits()) {
    const bool told = std::any_of(codes.begin(), codes.end(), [&](const auto& code) {
      return code.second == row.name && code.first == row.status;
    });
    if (!told) codes.emplace(row.status, row.name);
  }
  return codes;
}

TEST_F(ContractTest, ErrorCodesAreThoseOfTheTables) {
  Names names;
  for (const auto& [status, name] : AllCodes()) {
    EXPECT_TRUE(names.insert(name).second) << name << " has two statuses";
  }
  EXPECT_EQ(EnumOf("ErrorCode"), names);
}

// The codes that a refusal's schema lists: problem+json of the form {allOf: [Problem, {code}]}.
const Schema* CodesOf(const Operation::Contents& contents) {
  const auto problem = contents.find("application/problem+json");
  if (problem == contents.end() || problem->second->all_of.size() != 2) return nullptr;
  return problem->second->all_of[1]->Property("code");
}

TEST_F(ContractTest, EveryRefusalListsTheCodesOfItsStatus) {
  const std::multimap<int, std::string> codes = AllCodes();
  Names checked;
  for (const Operation& operation : contract().operations()) {
    for (const auto& [status, contents] : operation.answers) {
      const Schema* schema = CodesOf(contents);
      if (schema == nullptr) continue;
      Names listed;
      for (const json::value& code : *schema->one_of_values) listed.emplace(code.as_string());
      Names all;
      for (auto [at, end] = codes.equal_range(std::stoi(status)); at != end; ++at) {
        all.insert(at->second);
      }
      EXPECT_EQ(listed, all) << operation.id << " " << status;
      checked.insert(status);
    }
  }
  EXPECT_GE(checked.size(), 9U);
}

// The names of an enum's values up to `last`.
template <class Enum>
Names NamesUpTo(Enum last) {
  Names names;
  for (int i = 0; i <= static_cast<int>(last); ++i) names.emplace(NameOf(static_cast<Enum>(i)));
  return names;
}

TEST_F(ContractTest, ListsOfValuesAreThoseOfTheDomain) {
  Names permissions;
  for (const domain::Permission one : domain::AllPermissions()) permissions.emplace(NameOf(one));
  EXPECT_EQ(EnumOf("Permission"), permissions);
  EXPECT_EQ(EnumOf("OverrideRequest/properties/effect"), NamesUpTo(domain::OverrideEffect::kDeny));
  EXPECT_EQ(EnumOf("BackupStatus"), NamesUpTo(domain::BackupStatus::kDeleted));
  EXPECT_EQ(EnumOf("BackupType"), NamesUpTo(domain::BackupType::kImported));
  EXPECT_EQ(EnumOf("EnvironmentType"), NamesUpTo(domain::EnvironmentType::kTesting));
  EXPECT_EQ(EnumOf("RestoreStatus"), NamesUpTo(domain::RestoreStatus::kCancelled));
  EXPECT_EQ(EnumOf("TaskKind"), NamesUpTo(domain::TaskKind::kDropSnapshot));
  EXPECT_EQ(EnumOf("TaskStatus"), NamesUpTo(domain::TaskStatus::kCancelled));
  EXPECT_EQ(EnumOf("StepState"), NamesUpTo(domain::StepState::kSkipped));
  EXPECT_EQ(EnumOf("Environment/properties/status"),
            NamesUpTo(domain::EnvironmentStatus::kDeleted));
  EXPECT_EQ(EnumOf("Environment/properties/origin"),
            NamesUpTo(domain::EnvironmentOrigin::kDeployed));
  EXPECT_EQ(EnumOf("Drill/properties/status"), NamesUpTo(domain::DrillStatus::kCancelled));
  EXPECT_EQ(EnumOf("ScheduleKind"), NamesUpTo(domain::ScheduleKind::kDrill));
  EXPECT_EQ(EnumOf("ScheduleRun/properties/outcome"), NamesUpTo(domain::RunOutcome::kFailed));
  EXPECT_EQ(EnumOf("RetentionLine/properties/reasons/items"), NamesUpTo(domain::KeepReason::kAge));
  EXPECT_EQ(EnumOf("Protection/properties/state"),
            NamesUpTo(domain::ProtectionState::kUnprotected));
  EXPECT_EQ(EnumOf("ProtectionDay/properties/mark"), NamesUpTo(domain::DayMark::kNone));
  EXPECT_EQ(EnumOf("Restore/properties/mode"), NamesUpTo(domain::RestoreMode::kCrossServer));
  EXPECT_EQ(EnumOf("Restore/properties/strategy"), NamesUpTo(domain::RestoreStrategy::kInPlace));
  EXPECT_EQ(EnumOf("RestoreTarget/properties/mode"), NamesUpTo(domain::RestoreMode::kCrossServer));
  EXPECT_EQ(EnumOf("RestoreRequest/properties/strategy"),
            NamesUpTo(domain::RestoreStrategy::kInPlace));
  EXPECT_EQ(EnumOf("RestoreRequest/properties/identity"),
            NamesUpTo(domain::IdentityPolicy::kReset));
  EXPECT_EQ(EnumOf("RestoreRequest/properties/on_unhealthy"),
            NamesUpTo(domain::UnhealthyPolicy::kLeave));
}

std::string PathOf(const Operation& operation) {
  std::string path = operation.path;
  for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{')) {
    path.replace(at, path.find('}') - at + 1, kNobody);
  }
  return path;
}

std::string QueryOf(const Operation& operation) {
  std::string query;
  for (const Parameter& parameter : operation.parameters) {
    if (parameter.place != Place::kQuery) continue;
    const json::value value = parameter.name == "cron"        ? json::value("30%202%20*%20*%20*")
                              : parameter.name == "time_zone" ? json::value("UTC")
                                                              : SampleOf(*parameter.schema);
    query += fmt::format("{}{}={}", query.empty() ? "?" : "&", parameter.name,
                         value.is_string()   ? std::string(value.get_string())
                         : value.is_number() ? fmt::format("{}", value.to_number<double>())
                                             : json::serialize(value));
  }
  return query;
}

TEST_F(ContractTest, HandlersReadEveryParameterThatIsDescribedAndNoOther) {
  for (const Operation& operation : contract().operations()) {
    if (operation.path.ends_with("/events") || operation.open) continue;
    const auto answer = house_.Call(operation.method, PathOf(operation) + QueryOf(operation));
    EXPECT_NE(answer.raw.status, 500) << operation.id << answer.raw.body;
    if (operation.method == "GET" && operation.path.find('{') == std::string::npos) {
      // What is about one's own account is nothing for the installation's key.
      const int status =
          answer.raw.status != 403
              ? answer.raw.status
              : world_.Call("owner", "GET", operation.path + QueryOf(operation)).status;
      EXPECT_EQ(status, 200) << operation.id << answer.raw.body;
    }
  }
}

TEST_F(ContractTest, HandlersReadEveryFieldThatIsDescribedAndNoOther) {
  for (const Operation& operation : contract().operations()) {
    if (!operation.body || operation.body->json == nullptr) continue;
    const json::value body = SampleOf(*operation.body->json);
    const auto answer = house_.Call(operation.method, PathOf(operation), json::serialize(body));
    EXPECT_NE(answer.raw.status, 500) << operation.id << answer.raw.body;
  }
}

// Calls `visit` with `body` for each value that each of its fields may have.
void EachValue(const Schema& schema, json::value& body, json::value& place,
               const std::function<void(const json::value&)>& visit) {
  for (const auto& [name, part] : schema.properties) {
    json::value& member = place.as_object()[name];
    if (member.is_object()) EachValue(*part, body, member, visit);
    if (!part->one_of_values) continue;
    for (const json::value& value : *part->one_of_values) {
      member = value;
      visit(body);
    }
  }
}

TEST_F(ContractTest, HandlersUnderstandEveryValueThatIsDescribed) {
  int tried = 0;
  for (const Operation& operation : contract().operations()) {
    for (const Parameter& parameter : operation.parameters) {
      if (parameter.place != Place::kQuery || !parameter.schema->one_of_values) continue;
      for (const json::value& value : *parameter.schema->one_of_values) {
        const auto answer =
            house_.Call("GET", fmt::format("{}?{}={}", PathOf(operation), parameter.name,
                                           std::string_view(value.get_string())));
        // What belongs to something that is not there is not found.
        const bool is_of_another =
            operation.id == "listEnvironmentBackups" || operation.id == "getBackupDownloadLink";
        const int status = is_of_another ? 404 : 200;
        EXPECT_EQ(answer.raw.status, status) << operation.id << " " << value << answer.raw.body;
        ++tried;
      }
    }
    if (!operation.body || operation.body->json == nullptr) continue;
    json::value body = SampleOf(*operation.body->json);
    EachValue(*operation.body->json, body, body, [&](const json::value& varied) {
      const auto answer = house_.Call(operation.method, PathOf(operation), json::serialize(varied));
      EXPECT_NE(answer.raw.status, 500) << operation.id << varied << answer.raw.body;
      ++tried;
    });
  }
  EXPECT_GT(tried, 60);
}

// The value of a "$ref", or the value itself.
const json::value& Resolved(const json::value& document, const json::value& value) {
  const json::value* reference = value.as_object().if_contains("$ref");
  if (reference == nullptr) return value;
  return document.at_pointer(std::string_view(reference->as_string()).substr(1));
}

// What is wrong with an example. Those of the product page have words for ids and lack our fields.
Names FaultsOf(const Schema& schema, std::string_view name, const json::value& example) {
  std::vector<FieldError> faults;
  CheckAgainst(schema, example, "", Reading::kAnswer, faults);
  Names told;
  for (const FieldError& fault : faults) {
    const bool of_page = fault.message == "must be a UUID" || fault.message == "is required";
    if (name == "page" && of_page) continue;
    told.insert(fault.pointer + " " + fault.message);
  }
  return told;
}

int CheckExamples(const json::value& media, const Schema& schema, const std::string& where) {
  const json::value* examples = media.as_object().if_contains("examples");
  if (examples == nullptr) return 0;
  for (const auto& [name, example] : examples->as_object()) {
    EXPECT_THAT(FaultsOf(schema, name, example.at("value")), IsEmpty()) << where << " " << name;
  }
  return static_cast<int>(examples->as_object().size());
}

TEST_F(ContractTest, ExamplesAreWhatTheyAreExamplesOf) {
  int examples = 0;
  for (const Operation& operation : contract().operations()) {
    std::string method = operation.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    const json::value& text = At("/paths").at(operation.path).at(method);
    if (operation.body && operation.body->json != nullptr) {
      examples += CheckExamples(text.at("requestBody").at("content").at("application/json"),
                                *operation.body->json, operation.id);
    }
    for (const auto& [status, contents] : operation.answers) {
      const json::value& answer = Resolved(contract().document(), text.at("responses").at(status));
      for (const auto& [type, schema] : contents) {
        examples +=
            CheckExamples(answer.at("content").at(type), *schema, operation.id + " " + status);
      }
    }
  }
  EXPECT_GT(examples, 20);
}

TEST_F(ContractTest, IsServedWithoutATokenAsItIsChecked) {
  testing::RawClient client(house_.server->port());
  client.Send("GET /openapi.json?v=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = client.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->headers.at("content-type"), "application/json");
  EXPECT_EQ(ParseJson(answer->body).value(), contract().document());
  EXPECT_EQ(answer->body, BuiltInOpenApi());
}

TEST(ContractParse, TakesTheOneThatIsBuiltIn) {
  const auto contract = Contract::BuiltIn();
  ASSERT_TRUE(contract) << contract.error().Sentence();
  EXPECT_GE((*contract)->operations().size(), 32U);
}

// What the contract says must be checked: a server that cannot does not start.
TEST(ContractParse, RefusesWhatItCannotCheck) {
  const std::string whole(BuiltInOpenApi());
  const std::string_view original = R"("keep_previous_hours":{"type":"integer",)";
  ASSERT_NE(whole.find(original), std::string::npos);
  for (const auto& [changed, told] :
       {std::pair(R"("keep_previous_hours":{"multipleOf":2,"type":"integer",)", "multipleOf"),
        std::pair(R"("keep_previous_hours":{"pattern":"a+","type":"integer",)", "pattern"),
        std::pair(R"("keep_previous_hours":{"format":"colour","type":"integer",)", "colour"),
        std::pair(R"("keep_previous_hours":{"not":{},"type":"integer",)", "not"),
        std::pair(R"("keep_previous_hours":{"type":"whole",)", "type"),
        std::pair(R"("keep_previous_hours":{"type":"object",)", "additionalProperties"),
        std::pair(R"("keep_previous_hours":{"$ref":"#/components/schemas/Gone","type":"integer",)",
                  "$ref"),
        std::pair(
            R"("a":{"$ref":"#/components/schemas/Gone"},"keep_previous_hours":{"type":"integer",)",
            "leads nowhere")}) {
    std::string text = whole;
    text.replace(text.find(original), original.size(), changed);
    const auto contract = Contract::Parse(text);
    ASSERT_FALSE(contract) << changed;
    EXPECT_NE(contract.error().message.find(told), std::string::npos) << contract.error().message;
  }
}

TEST(ContractParse, RefusesARouteThatIsNotDescribed) {
  const AdminToken token("0123456789abcdef");
  Router router(token);
  router.Add("GET", "/api/v1/nobody/knows", Rule::Open(),
             [](const Context&, const Request&) { return Response{}; });
  const Status status = router.Obey(Contract::BuiltIn().value());
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("/api/v1/nobody/knows"), std::string::npos);
}

}  // namespace
}  // namespace reprise::api
