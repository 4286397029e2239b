#pragma once

#include <string_view>

#include "docker/engines.hpp"

namespace reprise::docker {

// What a shell of the machine must run to tell its load; a constant. Whoever reads it may keep only
// the last 64 KiB, and each container adds mounts: the devices of those, which can be done without,
// come first, and shortened; what must be known comes last.
inline constexpr std::string_view kLoadCommand =
    "grep -v ' - overlay ' /proc/self/mountinfo | cut -d' ' -f3,5; LC_ALL=C df -P -B1; "
    "cat /proc/meminfo /proc/loadavg";

// Reads what kLoadCommand has printed. The disk is that of the file system on which `engine` keeps
// its data. kEngineUnavailable when the machine does not tell.
[[nodiscard]] Result<MachineLoad> ReadMachineLoad(std::string_view printed,
                                                  const EngineInfo& engine);

}  // namespace reprise::docker
