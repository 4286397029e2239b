#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "api/json_schema.hpp"
#include "base/clock.hpp"
#include "base/id.hpp"

namespace reprise::api {

namespace json = boost::json;

namespace {

bool IsWhole(const json::value& value) {
  if (value.is_int64() || value.is_uint64()) return true;
  return value.is_double() && std::floor(value.get_double()) == value.get_double();
}

unsigned TypeOf(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return Schema::kNull;
    case json::kind::bool_:
      return Schema::kBoolean;
    case json::kind::string:
      return Schema::kString;
    case json::kind::array:
      return Schema::kArray;
    case json::kind::object:
      return Schema::kObject;
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      break;
  }
  return IsWhole(value) ? Schema::kInteger | Schema::kNumber : Schema::kNumber;
}

// Bytes that begin a character in UTF-8.
std::size_t CharactersIn(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

// "auto, true, false": each once, however it may be written.
std::string Choices(const json::array& values) {
  std::vector<std::string> names;
  for (const json::value& value : values) {
    if (value.is_null()) continue;
    std::string name = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  return fmt::format("must be one of {}", fmt::join(names, ", "));
}

std::string NumberWish(const Schema& schema) {
  const std::string_view kind = (schema.types & Schema::kInteger) != 0 ? "whole number" : "number";
  if (schema.minimum && schema.maximum) {
    return fmt::format("must be a {} from {:.17g} to {:.17g}", kind, *schema.minimum,
                       *schema.maximum);
  }
  if (schema.minimum) return fmt::format("must be a {} of at least {:.17g}", kind, *schema.minimum);
  if (schema.maximum) return fmt::format("must be a {} of at most {:.17g}", kind, *schema.maximum);
  return fmt::format("must be a {}", kind);
}

std::string TypeWish(const Schema& schema) {
  if (schema.one_of_values) return Choices(*schema.one_of_values);
  const unsigned types = schema.types & ~static_cast<unsigned>(Schema::kNull);
  if ((types & (Schema::kInteger | Schema::kNumber)) != 0) return NumberWish(schema);
  if (types == Schema::kObject) return "must be an object";
  if (types == Schema::kArray) return "must be a list";
  if (types == Schema::kBoolean) return "must be true or false";
  if (types == 0) return "must be null";
  return "must be a string";
}

// One walk over a value.
class Checker {
 public:
  Checker(Reading reading, std::vector<FieldError>& faults) : reading_(reading), faults_(faults) {}

  void Check(const Schema& schema, const json::value& value, const std::string& path) {
    if (schema.or_null != nullptr && !value.is_null()) Check(*schema.or_null, value, path);
    for (const Schema* part : schema.all_of) Check(*part, value, path);
    if (!Fits(schema, value)) {
      Fault(path, TypeWish(schema));
      return;
    }
    if (const json::string* text = value.if_string()) Text(schema, *text, path);
    if (const json::array* list = value.if_array()) List(schema, *list, path);
    if (const json::object* object = value.if_object()) Object(schema, *object, path);
  }

 private:
  static bool Fits(const Schema& schema, const json::value& value) {
    if (schema.types != 0 && (schema.types & TypeOf(value)) == 0) return false;
    if (schema.one_of_values) {
      const json::array& values = *schema.one_of_values;
      if (std::find(values.begin(), values.end(), value) == values.end()) return false;
    }
    if (!value.is_number()) return true;
    const auto number = value.to_number<double>();
    return number >= schema.minimum.value_or(number) && number <= schema.maximum.value_or(number);
  }

  void Text(const Schema& schema, std::string_view text, const std::string& path) {
    const std::size_t length = CharactersIn(text);
    if (length < schema.min_length) {
      Fault(path, schema.min_length == 1
                      ? "is required"
                      : fmt::format("must have at least {} characters", schema.min_length));
    } else if (length > schema.max_length) {
      Fault(path, fmt::format("must have at most {} characters", schema.max_length));
    } else if (reading_ == Reading::kRequest && text.find('\0') != std::string_view::npos) {
      Fault(path, "must not hold the character NUL");
    } else if (schema.format == "date-time" && !ParseInstant(text)) {
      Fault(path, "must be a time such as 2024-12-11T22:00:00Z");
    } else if (schema.format == "uuid" && reading_ == Reading::kAnswer && !IsUuid(text)) {
      Fault(path, "must be a UUID");
    }
  }

  void List(const Schema& schema, const json::array& list, const std::string& path) {
    if (list.size() < schema.min_items || list.size() > schema.max_items) {
      Fault(path, fmt::format("must have from {} to {} items", schema.min_items, schema.max_items));
    }
    if (schema.items == nullptr) return;
    for (std::size_t i = 0; i < list.size(); ++i) {
      Check(*schema.items, list[i], fmt::format("{}/{}", path, i));
    }
  }

  void Object(const Schema& schema, const json::object& object, const std::string& path) {
    for (const auto& [name, part] : schema.properties) {
      const json::value* value = Member(object, name);
      if (value != nullptr) {
        Check(*part, *value, PointerBelow(path, name));
      } else if (schema.Requires(name)) {
        Fault(PointerBelow(path, name), "is required");
      }
    }
    if (!schema.closed && schema.other_values == nullptr) return;
    for (const auto& [name, value] : object) {
      if (schema.Property(name) != nullptr) continue;
      if (schema.closed) {
        Fault(PointerBelow(path, name), reading_ == Reading::kRequest
                                            ? "is not a field of this request"
                                            : "is not described");
      } else {
        Check(*schema.other_values, value, PointerBelow(path, name));
      }
    }
  }

  [[nodiscard]] const json::value* Member(const json::object& object, std::string_view name) const {
    const json::value* value = object.if_contains(name);
    const bool absent = value == nullptr || (reading_ == Reading::kRequest && value->is_null());
    return absent ? nullptr : value;
  }

  void Fault(const std::string& path, std::string message) {
    faults_.push_back({path, std::move(message)});
  }

  Reading reading_;
  std::vector<FieldError>& faults_;
};

}  // namespace

void CheckAgainst(const Schema& schema, const json::value& value, const std::string& path,
                  Reading reading, std::vector<FieldError>& faults) {
  Checker(reading, faults).Check(schema, value, path);
}

void FillIn(const Schema& schema, json::value& value) {
  if (schema.or_null != nullptr && !value.is_null()) FillIn(*schema.or_null, value);
  if (json::array* list = value.if_array(); list != nullptr && schema.items != nullptr) {
    for (json::value& item : *list) FillIn(*schema.items, item);
  }
  json::object* object = value.if_object();
  if (object == nullptr) return;
  for (const auto& [name, part] : schema.properties) {
    json::value* member = object->if_contains(name);
    if (member != nullptr && member->is_null()) {
      object->erase(name);
      member = nullptr;
    }
    if (member != nullptr) {
      FillIn(*part, *member);
    } else if (part->fallback) {
      object->emplace(name, *part->fallback);
    }
  }
}

}  // namespace reprise::api
