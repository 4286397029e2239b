#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/json_schema.hpp"

namespace reprise::api::testing {

// A value that a schema takes, with every field in it.
inline boost::json::value SampleOf(const Schema& schema) {
  namespace json = boost::json;
  if (schema.or_null != nullptr) return SampleOf(*schema.or_null);
  if (schema.one_of_values) return schema.one_of_values->front();
  if ((schema.types & Schema::kObject) != 0) {
    json::object object;
    for (const auto& [name, part] : schema.properties) object[name] = SampleOf(*part);
    return object;
  }
  if ((schema.types & Schema::kArray) != 0) return json::array{SampleOf(*schema.items)};
  if ((schema.types & Schema::kBoolean) != 0) return true;
  if ((schema.types & (Schema::kInteger | Schema::kNumber)) != 0) return schema.minimum.value_or(1);
  if (schema.format == "date-time") return "2024-12-11T22:00:00Z";
  if (schema.format == "uuid") return "01900000-0000-7000-8000-000000000000";
  return "sample";
}

}  // namespace reprise::api::testing
