#pragma once

namespace reprise::archive {

// What to do about a backup that cannot be read.
inline constexpr const char* kCutOffHint =
    "fetch or copy the backup again and compare its size with the original's";
inline constexpr const char* kDamagedHint = "fetch or copy the backup again, or use another one";

}  // namespace reprise::archive
