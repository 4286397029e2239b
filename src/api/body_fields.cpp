#include "api/body_fields.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <set>

#include "api/contract.hpp"

namespace reprise::api {

namespace json = boost::json;

// What was read of one object of the body.
struct BodyFields::Reader {
  const json::object* object = nullptr;
  const Schema* schema = nullptr;  // null where there is no contract
  std::string path;
  std::set<std::string, std::less<>> known;
};

struct BodyFields::State {
  std::vector<FieldError> faults;
  std::vector<std::shared_ptr<Reader>> readers;
  std::string disagreement;
};

BodyFields::BodyFields(const Request& request)
    : BodyFields(std::make_shared<State>(), request.json ? &*request.json : nullptr,
                 request.operation != nullptr && request.operation->body
                     ? request.operation->body->json
                     : nullptr,
                 "") {}

BodyFields::BodyFields(std::shared_ptr<State> state, const json::value* value, const Schema* schema,
                       std::string path)
    : state_(std::move(state)), reader_(std::make_shared<Reader>()) {
  reader_->object = value == nullptr ? nullptr : value->if_object();
  reader_->schema = schema;
  reader_->path = std::move(path);
  state_->readers.push_back(reader_);
}

const json::value* BodyFields::Raw(std::string_view name) {
  reader_->known.emplace(name);
  return reader_->object == nullptr ? nullptr : reader_->object->if_contains(name);
}

std::optional<std::string> BodyFields::OptionalText(std::string_view name) {
  const json::value* value = Raw(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::string BodyFields::Text(std::string_view name) { return OptionalText(name).value_or(""); }

bool BodyFields::Flag(std::string_view name) {
  const json::value* value = Raw(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::int64_t BodyFields::Number(std::string_view name) {
  const json::value* value = Raw(name);
  json::error_code error;
  return value != nullptr && value->is_number() ? value->to_number<std::int64_t>(error) : 0;
}

std::optional<BodyFields> BodyFields::Object(std::string_view name) {
  const json::value* value = Raw(name);
  if (value == nullptr) return std::nullopt;
  const Schema* schema = reader_->schema == nullptr ? nullptr : reader_->schema->Property(name);
  return BodyFields(state_, value, schema, PointerBelow(reader_->path, name));
}

void BodyFields::AddFault(std::string_view name, std::string message) {
  state_->faults.push_back({PointerBelow(reader_->path, name), std::move(message)});
}

void BodyFields::Disagree(std::string_view name, std::string how) {
  state_->disagreement = fmt::format("{}: {}", PointerBelow(reader_->path, name), std::move(how));
}

const std::vector<FieldError>& BodyFields::faults() const { return state_->faults; }

Status BodyFields::Finish() {
  for (const std::shared_ptr<Reader>& reader : state_->readers) {
    if (reader->schema == nullptr) continue;
    for (const std::string& name : reader->known) {
      if (reader->schema->Property(name) != nullptr) continue;
      state_->disagreement = PointerBelow(reader->path, name) + " is read, but not described";
    }
    for (const auto& [name, schema] : reader->schema->properties) {
      if (reader->known.contains(name)) continue;
      state_->disagreement = PointerBelow(reader->path, name) + " is described, but not read";
    }
  }
  if (!state_->disagreement.empty()) {
    return Fail(ErrorCode::kInternal,
                "the server and its description of this call disagree: " + state_->disagreement);
  }
  if (state_->faults.empty()) return {};
  return Fail(InvalidFields(state_->faults));
}

}  // namespace reprise::api
