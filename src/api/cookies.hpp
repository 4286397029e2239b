#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/http_message.hpp"

namespace reprise::api {

// The value of a request's cookie; nullopt for an empty one.
[[nodiscard]] std::optional<std::string> CookieIn(const Request& request, std::string_view wanted);

}  // namespace reprise::api
