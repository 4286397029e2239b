#include "api/route_support.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>

namespace reprise::api {

namespace json = boost::json;

Result<std::string> PathUuid(const Request& request, std::string_view param,
                             std::string_view thing) {
  const auto found = request.params.find(std::string(param));
  if (found != request.params.end() && IsUuid(found->second)) return found->second;
  const std::string text = found == request.params.end() ? std::string() : found->second;
  return Fail(ErrorCode::kNotFound, fmt::format("there is no {} \"{}\"", thing, text),
              "ids are UUIDs, as the lists show them");
}

std::string IdempotencyKey(BodyFields& fields, const Request& request) {
  const std::optional<std::string> in_body = fields.OptionalText("idempotency_key");
  const auto header = request.headers.Find("Idempotency-Key");
  const std::string from_header(header.value_or(""));
  if (in_body && header && *in_body != *header) {
    fields.AddFault("idempotency_key", "differs from the header Idempotency-Key");
  }
  return in_body.value_or(from_header);
}

std::optional<std::chrono::minutes> MinutesField(BodyFields& fields, std::string_view name) {
  const boost::json::value* value = fields.Raw(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return std::chrono::minutes(fields.Number(name));
}

Response TaskAccepted(const std::string& task_id) {
  return JsonResponse(202, json::object{{"task_id", task_id}});
}

}  // namespace reprise::api
