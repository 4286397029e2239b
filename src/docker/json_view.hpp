#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fields.hpp"

namespace reprise::docker {

// Lenient looks into the engine's answers, by JSON pointer ("/State/Running"). The engine leaves
// out or nulls what it has nothing to say about: absent and of another type is the empty value.
[[nodiscard]] std::string TextAt(const boost::json::value& value, std::string_view pointer);
[[nodiscard]] std::int64_t NumberAt(const boost::json::value& value, std::string_view pointer);
[[nodiscard]] bool FlagAt(const boost::json::value& value, std::string_view pointer);
[[nodiscard]] std::vector<std::string> TextsAt(const boost::json::value& value,
                                               std::string_view pointer);
[[nodiscard]] std::map<std::string, std::string> TextMapAt(const boost::json::value& value,
                                                           std::string_view pointer);
// ["A=1", "B=2"] as a map.
[[nodiscard]] std::map<std::string, std::string> VariablesAt(const boost::json::value& value,
                                                             std::string_view pointer);
// Null when absent.
[[nodiscard]] const boost::json::object* ObjectAt(const boost::json::value& value,
                                                  std::string_view pointer);
// Empty when absent.
[[nodiscard]] const boost::json::array& ArrayAt(const boost::json::value& value,
                                                std::string_view pointer);

}  // namespace reprise::docker
