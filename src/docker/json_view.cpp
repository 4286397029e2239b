#include "docker/json_view.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace reprise::docker {
namespace {

namespace json = boost::json;

const json::value* At(const json::value& value, std::string_view pointer) {
  json::error_code error;
  return value.find_pointer(pointer, error);
}

}  // namespace

std::string TextAt(const json::value& value, std::string_view pointer) {
  const json::value* found = At(value, pointer);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::int64_t NumberAt(const json::value& value, std::string_view pointer) {
  const json::value* found = At(value, pointer);
  if (found == nullptr || !found->is_number()) return 0;
  json::error_code error;
  const auto number = found->to_number<std::int64_t>(error);
  return error ? 0 : number;
}

bool FlagAt(const json::value& value, std::string_view pointer) {
  const json::value* found = At(value, pointer);
  return found != nullptr && found->is_bool() && found->get_bool();
}

const json::object* ObjectAt(const json::value& value, std::string_view pointer) {
  const json::value* found = At(value, pointer);
  return found == nullptr ? nullptr : found->if_object();
}

const json::array& ArrayAt(const json::value& value, std::string_view pointer) {
  static const json::array kEmpty;
  const json::value* found = At(value, pointer);
  return found != nullptr && found->is_array() ? found->get_array() : kEmpty;
}

std::vector<std::string> TextsAt(const json::value& value, std::string_view pointer) {
  std::vector<std::string> texts;
  for (const json::value& item : ArrayAt(value, pointer)) {
    if (item.is_string()) texts.emplace_back(item.get_string());
  }
  return texts;
}

std::map<std::string, std::string> TextMapAt(const json::value& value, std::string_view pointer) {
  std::map<std::string, std::string> map;
  const json::object* object = ObjectAt(value, pointer);
  if (object == nullptr) return map;
  for (const auto& member : *object) {
    if (member.value().is_string()) map[member.key()] = std::string(member.value().get_string());
  }
  return map;
}

std::map<std::string, std::string> VariablesAt(const json::value& value, std::string_view pointer) {
  std::map<std::string, std::string> variables;
  for (const std::string& line : TextsAt(value, pointer)) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) variables[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return variables;
}

}  // namespace reprise::docker
