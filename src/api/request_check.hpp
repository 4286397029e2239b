#pragma once

#include <optional>

#include "api/contract.hpp"
#include "api/http_message.hpp"

namespace reprise::api {

// Reads the JSON that a call takes into `request.json`, as it came: an empty body is {}.
// kMalformedRequest for what is no JSON.
[[nodiscard]] Status ReadJson(const Operation& operation, Request& request);

// Checks a request's query, headers and JSON against what is described of the call: 422 with all
// faults. On success defaults stand in the query and in `request.json`, and no null is left in it.
[[nodiscard]] std::optional<Response> RefuseBreach(const Operation& operation, Request& request);

}  // namespace reprise::api
