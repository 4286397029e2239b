#include "api/contract.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

#include "api/built_in.hpp"

namespace reprise::api {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 5> kMethods = {"get", "post", "put", "patch", "delete"};

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

Result<Parameter::Place> PlaceOf(std::string_view name, const std::string& where) {
  if (name == "path") return Parameter::Place::kPath;
  if (name == "query") return Parameter::Place::kQuery;
  if (name == "header") return Parameter::Place::kHeader;
  return Fail(ErrorCode::kInternal,
              fmt::format("openapi.yaml, {}: a parameter in \"{}\"", where, name));
}

bool Flag(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->as_bool();
}

}  // namespace

Result<std::shared_ptr<const Contract>> Contract::Parse(std::string_view document) {
  ASSIGN_OR_RETURN(json::value parsed, ParseJson(document));
  // Not make_shared: the constructor is private.
  const std::shared_ptr<Contract> contract(new Contract(std::move(parsed)));
  try {
    RETURN_IF_ERROR(contract->ReadPaths());
  } catch (const std::exception& exception) {
    return Fail(ErrorCode::kInternal,
                fmt::format("openapi.yaml is not as OpenAPI wants it: {}", exception.what()));
  }
  return contract;
}

Result<std::shared_ptr<const Contract>> Contract::BuiltIn() { return Parse(BuiltInOpenApi()); }

const Operation* Contract::Find(std::string_view method, std::string_view path) const {
  for (const Operation& operation : operations_) {
    if (operation.method == method && operation.path == path) return &operation;
  }
  return nullptr;
}

Status Contract::ReadPaths() {
  for (const auto& [path, methods] : document().at("paths").as_object()) {
    for (const auto& [method, text] : methods.as_object()) {
      if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
        return Fail(ErrorCode::kInternal,
                    fmt::format("openapi.yaml, {}: \"{}\" is no method", path, method));
      }
      RETURN_IF_ERROR(ReadOperation(method, path, text.as_object()));
    }
  }
  return {};
}

Status Contract::ReadOperation(std::string_view method, std::string_view path,
                               const json::object& text) {
  Operation operation;
  operation.id = text.at("operationId").as_string();
  operation.method = Upper(method);
  operation.path = path;
  const json::value* security = text.if_contains("security");
  operation.open = security != nullptr && security->as_array().empty();
  RETURN_IF_ERROR(ReadParameters(text, operation));
  RETURN_IF_ERROR(ReadBody(text, operation));
  RETURN_IF_ERROR(ReadAnswers(text, operation));
  operations_.push_back(std::move(operation));
  return {};
}

Status Contract::ReadParameters(const json::object& text, Operation& into) {
  const json::value* parameters = text.if_contains("parameters");
  if (parameters == nullptr) return {};
  for (const json::value& entry : parameters->as_array()) {
    ASSIGN_OR_RETURN(const json::value* resolved, book_.Resolve(entry, into.id));
    const json::object& one = resolved->as_object();
    Parameter parameter;
    parameter.name = one.at("name").as_string();
    parameter.required = Flag(one, "required");
    ASSIGN_OR_RETURN(parameter.place, PlaceOf(one.at("in").as_string(), into.id));
    ASSIGN_OR_RETURN(parameter.schema, book_.Compile(one.at("schema"), into.id + "/parameters"));
    into.parameters.push_back(std::move(parameter));
  }
  return {};
}

Status Contract::ReadBody(const json::object& text, Operation& into) {
  const json::value* body = text.if_contains("requestBody");
  if (body == nullptr) return {};
  into.body = RequestBody{.required = Flag(body->as_object(), "required")};
  const json::object& contents = body->at("content").as_object();
  const json::value* content = contents.if_contains("application/json");
  if (content == nullptr) return {};
  ASSIGN_OR_RETURN(into.body->json, book_.Compile(content->at("schema"), into.id + "/body"));
  return {};
}

Status Contract::ReadAnswers(const json::object& text, Operation& into) {
  for (const auto& [status, entry] : text.at("responses").as_object()) {
    ASSIGN_OR_RETURN(const json::value* answer, book_.Resolve(entry, into.id));
    Operation::Contents& contents = into.answers[std::string(status)];
    const json::value* content = answer->as_object().if_contains("content");
    if (content == nullptr) continue;
    for (const auto& [type, media] : content->as_object()) {
      ASSIGN_OR_RETURN(contents[std::string(type)],
                       book_.Compile(media.at("schema"), fmt::format("{}/{}", into.id, status)));
    }
  }
  return {};
}

}  // namespace reprise::api
