#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "api/body_fields.hpp"
#include "api/http_message.hpp"
#include "api/problem.hpp"
#include "api/query_fields.hpp"
#include "base/id.hpp"
#include "base/json_fields.hpp"

// What handlers of all subjects share.
namespace reprise::api {

// The id in the path. What is no UUID names nothing: kNotFound.
[[nodiscard]] Result<std::string> PathUuid(const Request& request, std::string_view param,
                                           std::string_view thing);
template <class Id>
[[nodiscard]] Result<Id> PathId(const Request& request, std::string_view param,
                                std::string_view thing) {
  ASSIGN_OR_RETURN(std::string text, PathUuid(request, param, thing));
  return Id{std::move(text)};
}

// The answer that lists all faults (422), when there are any; `fields` is a BodyFields or
// QueryFields.
template <class Fields>
[[nodiscard]] std::optional<Response> Refusal(Fields& fields, const Request& request) {
  const Status status = fields.Finish();
  if (status) return std::nullopt;
  const bool told = status.error().code == ErrorCode::kInvalidArgument;
  return ProblemResponse(status.error(), request.request_id,
                         told ? fields.faults() : std::vector<FieldError>());
}

// The key in the body's `idempotency_key` or in the header Idempotency-Key; empty without.
[[nodiscard]] std::string IdempotencyKey(BodyFields& fields, const Request& request);

// Whole minutes; nullopt when it is absent or null.
[[nodiscard]] std::optional<std::chrono::minutes> MinutesField(BodyFields& fields,
                                                               std::string_view name);

// 202 with {"task_id": …}
[[nodiscard]] Response TaskAccepted(const std::string& task_id);

}  // namespace reprise::api
