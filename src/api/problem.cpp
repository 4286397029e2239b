#include "api/problem.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/utf8.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;

struct Problem {
  int status;
  std::string_view code;
  std::string_view detail;
  std::string_view hint;
  std::string_view field;
};

constexpr std::array kHttpTable = {
    HttpTraits{HttpCode::kMalformedRequest, "malformed_request", 400},
    HttpTraits{HttpCode::kMethodNotAllowed, "method_not_allowed", 405},
    HttpTraits{HttpCode::kRequestTimeout, "request_timeout", 408},
    HttpTraits{HttpCode::kPreconditionFailed, "precondition_failed", 412},
    HttpTraits{HttpCode::kPayloadTooLarge, "payload_too_large", 413},
    HttpTraits{HttpCode::kRangeNotSatisfiable, "range_not_satisfiable", 416},
    HttpTraits{HttpCode::kExpectationFailed, "expectation_failed", 417},
    HttpTraits{HttpCode::kTooManyRequests, "too_many_requests", 429},
    HttpTraits{HttpCode::kHeadersTooLarge, "headers_too_large", 431},
    HttpTraits{HttpCode::kNotImplemented, "not_implemented", 501},
};

const HttpTraits& TraitsOf(HttpCode code) {
  const auto is_it = [code](const HttpTraits& row) { return row.code == code; };
  return *std::find_if(kHttpTable.begin(), kHttpTable.end() - 1, is_it);
}

// "no_space" → "No space"
std::string TitleOf(std::string_view code) {
  std::string title(code);
  for (char& c : title) {
    if (c == '_') c = ' ';
  }
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') {
    title[0] = static_cast<char>(title[0] - 'a' + 'A');
  }
  return title;
}

Response Render(const Problem& problem, const std::vector<FieldError>& faults,
                std::string_view request_id) {
  json::object body{
      {"type", "urn:reprise:error:" + std::string(problem.code)},
      {"title", TitleOf(problem.code)},
      {"status", problem.status},
      {"code", problem.code},
      {"detail", ValidUtf8(problem.detail)},  // may quote what a stranger sent
  };
  if (!problem.hint.empty()) body["hint"] = ValidUtf8(problem.hint);
  if (!problem.field.empty()) body["field"] = ValidUtf8(problem.field);
  if (!faults.empty()) {
    json::array errors;
    for (const FieldError& fault : faults) {
      errors.push_back(
          json::object{{"field", ValidUtf8(fault.pointer)}, {"message", ValidUtf8(fault.message)}});
    }
    body["errors"] = std::move(errors);
  }
  body["request_id"] = request_id;
  return Response{
      problem.status, {{"Content-Type", "application/problem+json"}}, json::serialize(body)};
}

}  // namespace

std::span<const HttpTraits> AllHttpTraits() { return kHttpTable; }

Response ProblemResponse(const Error& error, std::string_view request_id,
                         const std::vector<FieldError>& faults) {
  const ErrorTraits traits = TraitsOf(error.code);
  const std::string detail = error.Sentence();
  Response response =
      Render(Problem{traits.http_status, traits.name, detail, error.hint, error.field}, faults,
             request_id);
  if (traits.http_status == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"reprise\"");
  }
  return response;
}

Response ProblemResponse(const HttpFault& fault, std::string_view request_id) {
  const HttpTraits& traits = TraitsOf(fault.code);
  return Render(Problem{traits.status, traits.name, fault.detail, fault.hint, {}}, {}, request_id);
}

Response JsonResponse(int status, const json::value& value) {
  return Response{status, {{"Content-Type", "application/json"}}, json::serialize(value)};
}

}  // namespace reprise::api
