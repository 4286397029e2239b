#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "archive/verify.hpp"
#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace reprise::backup {

// What was read, and that it was as it says. `sha256` is the archive's; empty where nobody has seen
// all of its bytes. Whole numbers only: see proof/document.hpp.
[[nodiscard]] boost::json::object DescribeProof(const domain::BackupId& id,
                                                const std::string& sha256,
                                                const archive::VerifyReport& report, Instant now);

}  // namespace reprise::backup
