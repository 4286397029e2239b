// What stands in a call once its head is read: cookies, the ranges of a download, query fields and
// JSON bodies, held against openapi.yaml. The first byte says which; of a call, the second says
// which one.

#include "api/contract.hpp"
#include "api/cookies.hpp"
#include "api/file_response.hpp"
#include "api/http_text.hpp"
#include "api/query_fields.hpp"
#include "api/request_check.hpp"
#include "input.hpp"

namespace {

using namespace reprise;

void Cookies(std::string_view text) {
  api::Request request;
  // Two fields, as some clients send them.
  const std::size_t line = text.find('\n');
  request.headers.Add("cookie", std::string(text.substr(0, line)));
  if (line != std::string_view::npos) {
    request.headers.Add("Cookie", std::string(text.substr(line + 1)));
  }
  for (const std::string_view wanted : {"reprise_session", "a", ""}) {
    const auto value = api::CookieIn(request, wanted);
    if (!value) continue;
    fuzz::Require(!value->empty() && value->find(';') == std::string::npos);
    fuzz::Require(text.find(std::string(wanted) + "=" + *value) != std::string_view::npos);
  }
}

// Whatever is asked, only bytes of the file are given.
void Ranges(std::string_view text) {
  for (const ByteCount size : {ByteCount{0}, ByteCount{1}, ByteCount{text.size()}, ~ByteCount{0}}) {
    const api::RangeChoice choice = api::ChooseRange(text, size);
    if (choice.kind != api::RangeKind::kPart) continue;
    fuzz::Require(choice.range.length > 0 && choice.range.offset < size);
    fuzz::Require(choice.range.length <= size - choice.range.offset);
  }
}

const api::Contract& Described() {
  static const std::shared_ptr<const api::Contract> kContract = api::Contract::BuiltIn().value();
  return *kContract;
}

// What holds to the contract still does once its defaults stand in it.
bool IsLetThrough(const api::Operation& operation, api::Request& request) {
  if (const auto refusal = api::RefuseBreach(operation, request)) {
    fuzz::Require(refusal->status == 422);
    return false;
  }
  fuzz::Require(!api::RefuseBreach(operation, request));
  return true;
}

void Body(const api::Operation& operation, std::string_view text) {
  api::Request request;
  request.body = std::string(text);
  if (!api::ReadJson(operation, request)) return;
  static_cast<void>(IsLetThrough(operation, request));
}

void Query(const api::Operation& operation, std::string_view text) {
  api::Request request;
  request.operation = &operation;
  auto query = api::ParseQuery(text);
  if (!query) return;
  request.query = *std::move(query);
  if (!IsLetThrough(operation, request)) return;
  // As a handler would, which knows no more than the contract.
  api::QueryFields fields(request);
  for (const api::Parameter& parameter : operation.parameters) {
    if (parameter.place != api::Parameter::Place::kQuery) continue;
    if ((parameter.schema->types & api::Schema::kInteger) != 0) {
      const auto number = fields.Number(parameter.name);
      if (number && parameter.schema->minimum) {
        fuzz::Require(static_cast<double>(*number) >= *parameter.schema->minimum);
      }
    } else if ((parameter.schema->types & api::Schema::kBoolean) != 0) {
      static_cast<void>(fields.Flag(parameter.name));
    } else {
      static_cast<void>(fields.Text(parameter.name));
    }
  }
  fuzz::Require(fields.Finish().has_value());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto& operations = Described().operations();
  const api::Operation& operation = operations[data[1] % operations.size()];
  const std::string text = fuzz::TextOf(data + 2, size - 2);
  switch (data[0] % 4) {
    case 0:
      Cookies(text);
      break;
    case 1:
      Ranges(text);
      break;
    case 2:
      Body(operation, text);
      break;
    default:
      Query(operation, text);
  }
  return 0;
}
