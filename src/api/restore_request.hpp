#pragma once

#include "api/body_fields.hpp"
#include "api/http_message.hpp"
#include "domain/restore_point.hpp"

namespace reprise::api {

// Reads the body of POST /backups/restore/v2: the page's fields and ours. Faults go into `fields`.
[[nodiscard]] domain::RestoreRequest ReadRestoreV2(BodyFields& fields, const Request& request);
// The body of POST /backups/restore. The mode is left for the caller to choose.
[[nodiscard]] domain::RestoreRequest ReadRestoreV1(BodyFields& fields, const Request& request);

// What "mask" names; nullopt when it is not told.
[[nodiscard]] std::optional<domain::MaskPresets> MaskField(BodyFields& fields);

}  // namespace reprise::api
