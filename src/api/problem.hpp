#pragma once

#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http_message.hpp"
#include "base/error.hpp"
#include "base/json_fields.hpp"

namespace reprise::api {

// Refusals of HTTP itself. Their names and statuses stand in one table (problem.cpp), as those of
// ErrorCode do; a name that both have means the same.
enum class HttpCode {
  kMalformedRequest,
  kMethodNotAllowed,
  kRequestTimeout,
  kPreconditionFailed,
  kPayloadTooLarge,
  kRangeNotSatisfiable,
  kExpectationFailed,
  kTooManyRequests,
  kHeadersTooLarge,
  kNotImplemented,
};
struct HttpTraits {
  HttpCode code;
  std::string_view name;  // "method_not_allowed"
  int status;
};
[[nodiscard]] std::span<const HttpTraits> AllHttpTraits();

struct HttpFault {
  HttpCode code = HttpCode::kMalformedRequest;
  std::string detail;  // a sentence
  std::string hint = {};
};

// RFC 9457 answers: {type, title, status, code, detail, hint?, field?, errors?, request_id}.
[[nodiscard]] Response ProblemResponse(const Error& error, std::string_view request_id,
                                       const std::vector<FieldError>& faults = {});
[[nodiscard]] Response ProblemResponse(const HttpFault& fault, std::string_view request_id);

[[nodiscard]] Response JsonResponse(int status, const boost::json::value& value);

}  // namespace reprise::api
