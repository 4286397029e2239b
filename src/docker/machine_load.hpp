#pragma once

#include <string_view>

#include "docker/engines.hpp"

namespace reprise::docker {

// What a shell of the machine must run to tell its load; a constant.
inline constexpr std::string_view kLoadCommand =
    "cat /proc/loadavg /proc/meminfo /proc/self/mountinfo && LC_ALL=C df -P -B1";

// Reads what kLoadCommand has printed. The disk is that of the file system on which `engine` keeps
// its data. kEngineUnavailable when the machine does not tell.
[[nodiscard]] Result<MachineLoad> ReadMachineLoad(std::string_view printed,
                                                  const EngineInfo& engine);

}  // namespace reprise::docker
