#include "base/json_fields.hpp"

#include <fmt/format.h>

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
