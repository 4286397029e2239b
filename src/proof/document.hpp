#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "proof/signing_key.hpp"

namespace reprise::proof {

// A proof is a JSON object: what was looked at and what was found, and a member "signature":
// {"algorithm": "ed25519", "public_key": …, "value": …}, both in hex. What is signed is the text of
// the object without that member: members sorted by name, no spaces, UTF-8 (what Python's
// json.dumps(…, sort_keys=True, separators=(",", ":"), ensure_ascii=False) writes). Reports hold
// whole numbers only, so there is one way to write each.
[[nodiscard]] std::string CanonicalText(const boost::json::object& report);

// The signed document; `key` may be null: then it is unsigned.
[[nodiscard]] std::string Seal(boost::json::object report, const SigningKey* key);

// The report in a document that `public_key` has signed. kProofFailed when it was changed since, or
// signed by another key, or not at all; kFormatUnsupported when it is no proof.
[[nodiscard]] Result<boost::json::object> Verify(std::string_view document,
                                                 std::string_view public_key);

}  // namespace reprise::proof
