#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/backup.hpp"
#include "domain/restore_point.hpp"
#include "domain/task.hpp"

namespace reprise::restore {

// A restore that went well here, for the estimate of the next one.
struct PastRestore {
  domain::RestorePoint restore;
  domain::Backup backup;
  std::vector<domain::TaskStep> steps;
};

// How long a restore will take, by what this installation has measured; empty without history.
struct Estimate {
  std::optional<double> seconds;
  std::optional<double> downtime_seconds;
  std::map<std::string, double> steps;  // seconds by step
  std::size_t measured = 0;             // restores that it rests on
};

// Steps whose time goes with the size of what they move are scaled by megabytes, the others take
// their median. Steps that run side by side count as one. Pure.
[[nodiscard]] Estimate EstimateRestore(const std::vector<PastRestore>& past,
                                       const domain::Backup& backup,
                                       const domain::RestoreRequest& request,
                                       domain::RestoreStrategy strategy);
[[nodiscard]] std::string SentenceOf(const Estimate& estimate);

}  // namespace reprise::restore
