#include "base/json_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>

namespace reprise {

namespace json = boost::json;

std::string PointerBelow(std::string_view pointer, std::string_view name) {
  std::string text(pointer);
  text.push_back('/');
  for (const char c : name) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text.push_back(c);
    }
  }
  return text;
}

JsonFields::JsonFields(const json::value& value)
    : JsonFields(&value, "", std::make_shared<std::vector<FieldError>>()) {}

JsonFields::JsonFields(const json::value* value, std::string path,
                       std::shared_ptr<std::vector<FieldError>> faults)
    : object_(value->if_object()), path_(std::move(path)), faults_(std::move(faults)) {
  if (object_ == nullptr) faults_->push_back({path_, "must be an object"});
}

const json::value* JsonFields::Raw(std::string_view name) {
  known_.emplace_back(name);
  if (object_ == nullptr) return nullptr;
  const json::value* value = object_->if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void JsonFields::AddFault(std::string_view name, std::string message) {
  faults_->push_back({PointerBelow(path_, name), std::move(message)});
}

std::optional<std::string> JsonFields::OptionalText(std::string_view name) {
  const json::value* value = Raw(name);
  if (value == nullptr) return std::nullopt;
  if (const json::string* text = value->if_string()) return std::string(*text);
  AddFault(name, "must be a string");
  return std::nullopt;
}

std::string JsonFields::RequiredText(std::string_view name) {
  const std::size_t faults_before = faults_->size();
  std::optional<std::string> text = OptionalText(name);
  if (text && !text->empty()) return *std::move(text);
  if (faults_->size() == faults_before) AddFault(name, "is required");
  return {};
}

bool JsonFields::OptionalBool(std::string_view name, bool fallback) {
  const json::value* value = Raw(name);
  if (value == nullptr) return fallback;
  if (const bool* flag = value->if_bool()) return *flag;
  AddFault(name, "must be true or false");
  return fallback;
}

std::int64_t JsonFields::OptionalInt(std::string_view name, std::int64_t fallback,
                                     std::int64_t least, std::int64_t most) {
  const json::value* value = Raw(name);
  if (value == nullptr) return fallback;
  json::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  if (!value->is_number() || error || number < least || number > most) {
    AddFault(name, fmt::format("must be a whole number from {} to {}", least, most));
    return fallback;
  }
  return number;
}

std::optional<JsonFields> JsonFields::OptionalObject(std::string_view name) {
  const json::value* value = Raw(name);
  if (value == nullptr) return std::nullopt;
  return JsonFields(value, PointerBelow(path_, name), faults_);
}

Status JsonFields::Finish() {
  if (object_ != nullptr) {
    for (const auto& member : *object_) {
      const std::string_view name = member.key();
      if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
        AddFault(name, "is not a field of this request");
      }
    }
  }
  if (faults_->empty()) return {};
  return Fail(InvalidFields(*faults_));
}

Error InvalidFields(const std::vector<FieldError>& faults) {
  std::string message;
  for (const FieldError& fault : faults) {
    if (!message.empty()) message += "; ";
    message +=
        fmt::format("{} {}", fault.pointer.empty() ? "the body" : fault.pointer, fault.message);
  }
  Error error{ErrorCode::kInvalidArgument, std::move(message)};
  error.field = faults.front().pointer;
  return error;
}

Result<json::value> ParseJson(std::string_view text) {
  json::stream_parser parser;
  json::error_code error;
  const std::size_t used = parser.write_some(text, error);
  if (!error && used < text.size() &&
      text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
    error = json::make_error_code(json::error::extra_data);
  }
  if (!error) parser.finish(error);
  if (error) {
    return Fail(ErrorCode::kMalformedRequest,
                fmt::format("not JSON at byte {}: {}", used, error.message()));
  }
  return parser.release();
}

}  // namespace reprise
