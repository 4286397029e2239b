#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

// Signatures as the Standard Webhooks specification has them: any of its libraries verifies ours.
namespace reprise::notify {

// A new secret: "whsec_" and 24 random bytes in base64.
[[nodiscard]] std::string NewWebhookSecret();
// The header webhook-signature, "v1,BASE64": HMAC-SHA256 over "ID.TIMESTAMP.BODY", with the bytes
// of the secret. kInternal when the secret is none.
[[nodiscard]] Result<std::string> SignWebhook(std::string_view secret, std::string_view id,
                                              std::int64_t timestamp, std::string_view body);

}  // namespace reprise::notify
