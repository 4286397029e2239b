#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

// Time-based one-time passwords (RFC 6238): SHA-1, 6 digits, 30 seconds, as every authenticator
// app reads them.
namespace reprise::access {

[[nodiscard]] std::string NewTotpSecret();  // 160 bits, base32
// What an app scans: "otpauth://totp/Reprise:a%40b.example?secret=…&issuer=Reprise".
[[nodiscard]] std::string TotpUri(std::string_view secret, std::string_view email);
// The code of a time step (30 s since 1970).
[[nodiscard]] std::string TotpCode(std::string_view secret, std::int64_t step);
[[nodiscard]] std::int64_t TotpStep(Instant when);
// The step whose code this is: now, one before or one after (clocks differ), but later than
// `last_step`, whose code was taken already: a code counts once.
[[nodiscard]] std::optional<std::int64_t> MatchTotp(std::string_view secret, std::string_view code,
                                                    Instant now, std::int64_t last_step);

// Ten codes for the day on which the telephone is lost; each counts once.
[[nodiscard]] std::vector<std::string> NewRecoveryCodes();
[[nodiscard]] std::string RecoveryHash(std::string_view code);

}  // namespace reprise::access
