#include "api/request_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "api/problem.hpp"
#include "api/utf8.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;
using Place = Parameter::Place;
using Faults = std::vector<FieldError>;

// The value that a text in a query or header stands for: of another type than text only where the
// schema wants that and the text can be read so.
json::value Typed(const Schema& schema, std::string_view text) {
  if ((schema.types & Schema::kInteger) != 0) {
    std::int64_t number = 0;
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error == std::errc() && end == last) return number;
  }
  if ((schema.types & Schema::kBoolean) != 0) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
  }
  return json::value(text);
}

void CheckText(const Parameter& parameter, std::string_view text, Faults& faults) {
  if (!IsUtf8(text)) {
    faults.push_back({parameter.name, "must be text in UTF-8"});
    return;
  }
  CheckAgainst(*parameter.schema, Typed(*parameter.schema, text), parameter.name, Reading::kRequest,
               faults);
}

const Parameter* FindParameter(const Operation& operation, Place place, std::string_view name) {
  for (const Parameter& parameter : operation.parameters) {
    if (parameter.place == place && parameter.name == name) return &parameter;
  }
  return nullptr;
}

// An empty value means the same as none.
void CheckQuery(const Operation& operation, Request& request, Faults& faults) {
  for (const Parameter& parameter : operation.parameters) {
    if (parameter.place != Place::kQuery) continue;
    const auto same = [&](const auto& field) { return field.first == parameter.name; };
    if (std::count_if(request.query.begin(), request.query.end(), same) > 1) {
      faults.push_back({parameter.name, "stands there more than once"});
      continue;
    }
    const std::string_view text = request.QueryValue(parameter.name).value_or("");
    if (!text.empty()) {
      CheckText(parameter, text, faults);
    } else if (parameter.required) {
      faults.push_back({parameter.name, "is required"});
    }
  }
  // Whoever may call without a token may also come from a probe or a link that adds its own.
  if (operation.open) return;
  for (const auto& [name, value] : request.query) {
    if (FindParameter(operation, Place::kQuery, name) == nullptr) {
      faults.push_back({ValidUtf8(name), "is not a parameter of this call"});
    }
  }
}

void CheckHeaders(const Operation& operation, const Request& request, Faults& faults) {
  for (const Parameter& parameter : operation.parameters) {
    if (parameter.place != Place::kHeader) continue;
    const std::string_view text = request.headers.Find(parameter.name).value_or("");
    if (!text.empty()) {
      CheckText(parameter, text, faults);
    } else if (parameter.required) {
      faults.push_back({parameter.name, "is required"});
    }
  }
}

void FillInQuery(const Operation& operation, Request& request) {
  for (const Parameter& parameter : operation.parameters) {
    if (parameter.place != Place::kQuery || !parameter.schema->fallback) continue;
    if (!request.QueryValue(parameter.name).value_or("").empty()) continue;
    const json::value& fallback = *parameter.schema->fallback;
    std::erase_if(request.query, [&](const auto& field) { return field.first == parameter.name; });
    request.query.emplace_back(parameter.name, fallback.is_string()
                                                   ? std::string(fallback.get_string())
                                                   : json::serialize(fallback));
  }
}

// A call that takes no body may still be sent one that says nothing.
const Schema& Nothing() {
  static const Schema nothing{.types = Schema::kObject, .closed = true};
  return nothing;
}

// The schema of the JSON that a call takes; null when it takes none, or something else.
const Schema* BodySchema(const Operation& operation) {
  if (operation.body) return operation.body->json;
  const bool writes = operation.method != "GET" && operation.method != "DELETE";
  return writes ? &Nothing() : nullptr;
}

}  // namespace

Status ReadJson(const Operation& operation, Request& request) {
  request.operation = &operation;
  if (BodySchema(operation) == nullptr) return {};
  request.json = json::object();
  if (request.body.empty()) return {};
  ASSIGN_OR_RETURN(request.json, ParseJson(request.body));
  return {};
}

std::optional<Response> RefuseBreach(const Operation& operation, Request& request) {
  Faults faults;
  CheckQuery(operation, request, faults);
  CheckHeaders(operation, request, faults);
  const Schema* schema = BodySchema(operation);
  if (schema != nullptr && request.json) {
    CheckAgainst(*schema, *request.json, "", Reading::kRequest, faults);
  }
  if (!faults.empty()) {
    return ProblemResponse(InvalidFields(faults), request.request_id, faults);
  }
  if (schema != nullptr && request.json) FillIn(*schema, *request.json);
  FillInQuery(operation, request);
  return std::nullopt;
}

}  // namespace reprise::api
