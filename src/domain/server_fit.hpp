#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/backup.hpp"

namespace reprise::domain {

// What an environment takes of a server, or a server has to give.
struct ServerRoom {
  double cpus = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t disk_bytes = 0;
};

// What the environment of a backup takes: to work well, and to be restored at all.
struct ServerNeeds {
  ServerRoom wanted;
  ServerRoom least;
};
[[nodiscard]] ServerNeeds NeedsOf(const Backup& backup);

enum class ServerFit { kRecommended, kLowResources, kTooSmall };
[[nodiscard]] std::string_view NameOf(ServerFit fit);  // "recommended", "low_resources", …

struct ServerVerdict {
  ServerFit fit = ServerFit::kRecommended;
  std::vector<std::string> short_of;  // "disk: 12.0 GB are free, 20.0 GB are needed"
};
[[nodiscard]] ServerVerdict JudgeServer(const ServerNeeds& needs, const ServerRoom& free);

}  // namespace reprise::domain
