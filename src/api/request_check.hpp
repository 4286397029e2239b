#pragma once

#include <optional>

#include "api/contract.hpp"
#include "api/http_message.hpp"

namespace reprise::api {

// Checks a request's query, headers and JSON body against what is described of the call: 400 for
// what is no JSON, 422 with all faults. On success `request.json` holds the body, and defaults
// stand in it and in the query. `request` is changed by it. Safe on any thread.
[[nodiscard]] std::optional<Response> RefuseBreach(const Operation& operation, Request& request);

}  // namespace reprise::api
