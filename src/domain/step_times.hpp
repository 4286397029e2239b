#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"
#include "domain/task.hpp"

namespace reprise::domain {

// How long a step of a task once took.
struct StepTime {
  std::string step;
  TaskKind kind = TaskKind::kBackup;
  ServerId server;
  double megabytes = 0;  // that it moved; 0 when its time goes with no size
  double seconds = 0;
};

// How long `step` should take for so many megabytes, in seconds: a fixed part and a part for each
// megabyte, both medians, so that one odd time does not count. From the times of tasks of this kind
// on this server when there are enough of them, else of this kind, else of all. nullopt when none
// is known. Pure.
[[nodiscard]] std::optional<double> ExpectedSeconds(const std::vector<StepTime>& past,
                                                    std::string_view step, TaskKind kind,
                                                    const ServerId& server, double megabytes);

}  // namespace reprise::domain
