#include "api/problem.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/http_text.hpp"

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
      {"detail", problem.detail},
  };
  if (!problem.hint.empty()) body["hint"] = problem.hint;
  if (!problem.field.empty()) body["field"] = problem.field;
  if (!faults.empty()) {
    json::array errors;
    for (const FieldError& fault : faults) {
      errors.push_back(json::object{{"field", fault.pointer}, {"message", fault.message}});
    }
    body["errors"] = std::move(errors);
  }
  body["request_id"] = request_id;
  return Response{
      problem.status, {{"Content-Type", "application/problem+json"}}, json::serialize(body)};
}

}  // namespace

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
  return Render(Problem{fault.status, fault.code, fault.detail, {}, {}}, {}, request_id);
}

Response JsonResponse(int status, const json::value& value) {
  return Response{status, {{"Content-Type", "application/json"}}, json::serialize(value)};
}

}  // namespace reprise::api
