#include "api/cookies.hpp"

#include "api/http_text.hpp"

namespace reprise::api {

std::optional<std::string> CookieIn(const Request& request, std::string_view wanted) {
  for (const auto& [name, value] : request.headers.fields()) {
    if (!EqualsIgnoringCase(name, "Cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(';');
      const std::string_view pair = TrimSpaces(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      const std::size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == wanted &&
          equals + 1 < pair.size()) {
        return std::string(pair.substr(equals + 1));
      }
    }
  }
  return std::nullopt;
}

}  // namespace reprise::api
