#include "api/json_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

namespace reprise::api {

namespace json = boost::json;

namespace {

tl::unexpected<Error> Unknown(const std::string& where, std::string_view what) {
  return Fail(ErrorCode::kInternal, fmt::format("openapi.yaml, {}: {}", where, what),
              "teach json_schema.cpp to check it, or write it otherwise");
}

constexpr std::array<std::pair<std::string_view, unsigned>, 7> kTypes = {{
    {"null", Schema::kNull},
    {"boolean", Schema::kBoolean},
    {"integer", Schema::kInteger},
    {"number", Schema::kNumber},
    {"string", Schema::kString},
    {"array", Schema::kArray},
    {"object", Schema::kObject},
}};

// What a schema may say without a check.
constexpr std::array<std::string_view, 5> kRemarks = {"description", "title", "examples",
                                                      "deprecated", "contentMediaType"};
constexpr std::array<std::string_view, 6> kFormats = {"date-time", "uuid",  "int64",
                                                      "binary",    "email", "uri"};

}  // namespace

const Schema* Schema::Property(std::string_view name) const {
  for (const auto& [own, schema] : properties) {
    if (own == name) return schema;
  }
  return nullptr;
}

bool Schema::Requires(std::string_view name) const {
  return std::find(required.begin(), required.end(), name) != required.end();
}

// Reads the keywords of one schema into `into`.
class SchemaBook::Compiler {
 public:
  Compiler(SchemaBook& book, std::string where, Schema& into)
      : book_(book), where_(std::move(where)), into_(into) {}

  Status Read(const json::object& schema) {
    for (const auto& [key, value] : schema) RETURN_IF_ERROR(Keyword(key, value));
    const bool is_object = (into_.types & Schema::kObject) != 0;
    if (is_object && !schema.contains("additionalProperties")) {
      return Unknown(where_, "an object must say additionalProperties");
    }
    for (const std::string& name : into_.required) {
      if (into_.Property(name) == nullptr) {
        return Unknown(where_, fmt::format("requires {}, which is no property", name));
      }
    }
    return {};
  }

 private:
  Status Keyword(std::string_view key, const json::value& value) {
    if (std::find(kRemarks.begin(), kRemarks.end(), key) != kRemarks.end()) return {};
    if (key == "type") return Types(value);
    if (key == "enum" && value.is_array()) return Set(into_.one_of_values, value.get_array());
    if (key == "default") return Set(into_.fallback, value);
    if (key == "format" && value.is_string()) return Format(value.get_string());
    if (key == "required" && value.is_array()) return Required(value.get_array());
    if (key == "properties" && value.is_object()) return Properties(value.get_object());
    if (key == "additionalProperties") return Others(value);
    if (key == "items") return Child("items", value, into_.items);
    if (key == "contentSchema") return Child("contentSchema", value, into_.content);
    if (key == "oneOf" && value.is_array()) return OrNull(value.get_array());
    if (key == "allOf" && value.is_array()) return AllOf(value.get_array());
    if (value.is_number()) return Limit(key, value.to_number<double>());
    return Unknown(where_, fmt::format("the keyword {} is not known in this form", key));
  }

  template <class T, class U>
  static Status Set(std::optional<T>& into, const U& value) {
    into = value;
    return {};
  }

  Status Limit(std::string_view key, double number) {
    const auto count = static_cast<std::size_t>(std::max(number, 0.0));
    if (key == "minimum") return Set(into_.minimum, number);
    if (key == "maximum") return Set(into_.maximum, number);
    if (key == "minLength") return Put(into_.min_length, count);
    if (key == "maxLength") return Put(into_.max_length, count);
    if (key == "minItems") return Put(into_.min_items, count);
    if (key == "maxItems") return Put(into_.max_items, count);
    return Unknown(where_, fmt::format("the keyword {} is not known", key));
  }
  static Status Put(std::size_t& into, std::size_t count) {
    into = count;
    return {};
  }

  Status Types(const json::value& value) {
    if (const json::array* list = value.if_array()) {
      for (const json::value& one : *list) RETURN_IF_ERROR(Types(one));
      return {};
    }
    for (const auto& [name, bit] : kTypes) {
      if (!value.is_string() || value.get_string() != name) continue;
      into_.types |= bit;
      return {};
    }
    return Unknown(where_, "a type that is not known");
  }

  Status Format(std::string_view name) {
    if (std::find(kFormats.begin(), kFormats.end(), name) == kFormats.end()) {
      return Unknown(where_, fmt::format("the format {} is not known", name));
    }
    into_.format = std::string(name);
    return {};
  }

  Status Required(const json::array& names) {
    for (const json::value& name : names) into_.required.emplace_back(name.as_string());
    return {};
  }

  Status Properties(const json::object& properties) {
    for (const auto& [name, schema] : properties) {
      const Schema* child = nullptr;
      RETURN_IF_ERROR(Child(name, schema, child));
      into_.properties.emplace_back(name, child);
    }
    return {};
  }

  Status Others(const json::value& value) {
    if (value.is_bool()) {
      into_.closed = !value.get_bool();
      return {};
    }
    return Child("additionalProperties", value, into_.other_values);
  }

  Status OrNull(const json::array& choices) {
    const auto is_null = [](const json::value& one) {
      return one.is_object() && one.get_object().size() == 1 && one.get_object().contains("type") &&
             one.at("type") == json::value("null");
    };
    if (choices.size() != 2 || is_null(choices[0]) || !is_null(choices[1])) {
      return Unknown(where_, "oneOf is known as a schema or {type: 'null'} only");
    }
    return Child("oneOf", choices[0], into_.or_null);
  }

  Status AllOf(const json::array& parts) {
    for (const json::value& part : parts) {
      const Schema* child = nullptr;
      RETURN_IF_ERROR(Child("allOf", part, child));
      into_.all_of.push_back(child);
    }
    return {};
  }

  Status Child(std::string_view name, const json::value& schema, const Schema*& into) {
    ASSIGN_OR_RETURN(into, book_.Compile(schema, fmt::format("{}/{}", where_, name)));
    return {};
  }

  SchemaBook& book_;
  std::string where_;
  Schema& into_;
};

Result<const Schema*> SchemaBook::Compile(const json::value& schema, const std::string& where) {
  const json::object* object = schema.if_object();
  if (object == nullptr) return Unknown(where, "a schema must be an object");
  if (const json::value* reference = object->if_contains("$ref")) {
    if (object->size() > 1) return Unknown(where, "nothing may stand beside $ref");
    return CompileReference(std::string(reference->as_string()), where);
  }
  Schema& made = *owned_.emplace_back(std::make_unique<Schema>());
  RETURN_IF_ERROR(Compiler(*this, where, made).Read(*object));
  return &made;
}

// A schema may refer to itself: its place is known before it is read.
Result<const Schema*> SchemaBook::CompileReference(const std::string& pointer,
                                                   const std::string& where) {
  if (const auto known = by_pointer_.find(pointer); known != by_pointer_.end()) {
    return known->second;
  }
  ASSIGN_OR_RETURN(const json::value* target, Resolve(json::object{{"$ref", pointer}}, where));
  if (!target->is_object() || target->get_object().contains("$ref")) {
    return Unknown(where, fmt::format("{} is no schema", pointer));
  }
  Schema& made = *owned_.emplace_back(std::make_unique<Schema>());
  by_pointer_[pointer] = &made;
  RETURN_IF_ERROR(Compiler(*this, pointer, made).Read(target->get_object()));
  return &made;
}

Result<const json::value*> SchemaBook::Resolve(const json::value& value,
                                               const std::string& where) const {
  const json::object* object = value.if_object();
  const json::value* reference = object == nullptr ? nullptr : object->if_contains("$ref");
  if (reference == nullptr) return &value;
  const std::string_view pointer = reference->as_string();
  json::error_code error;
  const json::value* found =
      pointer.starts_with('#') ? document_.find_pointer(pointer.substr(1), error) : nullptr;
  if (found == nullptr) return Unknown(where, fmt::format("{} leads nowhere", pointer));
  return found;
}

}  // namespace reprise::api
