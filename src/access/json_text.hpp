#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "access/id_token.hpp"

// What a provider's documents say, as this room reads them.
namespace reprise::access {

// The text under `name`; "" when there is none.
[[nodiscard]] inline std::string TextUnder(const boost::json::object& object,
                                           std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Who it is, in an id token or a userinfo answer. Some providers write true as a text.
[[nodiscard]] inline IdTokenClaims ClaimsIn(const boost::json::object& object) {
  const boost::json::value* verified = object.if_contains("email_verified");
  const bool is_verified = verified != nullptr && ((verified->is_bool() && verified->get_bool()) ||
                                                   TextUnder(object, "email_verified") == "true");
  return {TextUnder(object, "sub"), TextUnder(object, "email"), is_verified,
          TextUnder(object, "name")};
}

}  // namespace reprise::access
