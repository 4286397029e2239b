#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api/http_message.hpp"
#include "base/error.hpp"
#include "base/json_fields.hpp"

namespace reprise::api {

// A refusal that has no ErrorCode because only HTTP knows it (405, 408, 431, …).
struct HttpFault {
  int status = 400;
  std::string code;    // "method_not_allowed"
  std::string detail;  // a sentence
};

// RFC 9457 answers: {type, title, status, code, detail, hint?, field?, errors?, request_id}.
[[nodiscard]] Response ProblemResponse(const Error& error, std::string_view request_id,
                                       const std::vector<FieldError>& faults = {});
[[nodiscard]] Response ProblemResponse(const HttpFault& fault, std::string_view request_id);

[[nodiscard]] Response JsonResponse(int status, const boost::json::value& value);

}  // namespace reprise::api
