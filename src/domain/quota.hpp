#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/stream.hpp"
#include "domain/backup.hpp"
#include "domain/task.hpp"

namespace reprise::domain {

// What an organization may have at once. Where nothing is said, as much as there is room for.
struct Quota {
  std::optional<ByteCount> stored_bytes;      // of the archives that Reprise has stored for it
  std::optional<std::uint64_t> environments;  // that are not removed, those of drills aside
  std::optional<std::uint64_t> active_tasks;  // queued or running

  friend bool operator==(const Quota&, const Quota&) = default;
};

// What it has of each now.
struct QuotaUse {
  ByteCount stored_bytes = 0;
  std::uint64_t environments = 0;
  std::uint64_t active_tasks = 0;

  friend bool operator==(const QuotaUse&, const QuotaUse&) = default;
};

// Whether an organization that stores `used` bytes may store `more`, and so on for one environment
// and one task. kQuotaExceeded, with the limit, the use and what to do.
[[nodiscard]] Status CheckStoredBytes(std::string_view organization, const Quota& quota,
                                      ByteCount used, ByteCount more);
[[nodiscard]] Status CheckOneEnvironmentMore(std::string_view organization, const Quota& quota,
                                             std::uint64_t used);
[[nodiscard]] Status CheckOneTaskMore(std::string_view organization, const Quota& quota,
                                      std::uint64_t used);

// What puts back, or makes room, is never kept waiting by a quota.
[[nodiscard]] bool IsBoundByQuota(TaskKind kind);
// Nor is what is about to be replaced: losing it is worse than storing too much for a while.
[[nodiscard]] bool IsBoundByQuota(BackupType type);

}  // namespace reprise::domain
