#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "jobs/workflow.hpp"

namespace reprise::jobs {

struct PlannedStep {
  Step* step = nullptr;            // of the workflow
  std::vector<std::size_t> after;  // indexes into the plan
};

// A workflow's steps with their order resolved.
using Plan = std::vector<PlannedStep>;

// kInternal when a name stands twice, a predecessor does not exist, or steps wait for each other.
[[nodiscard]] Result<Plan> MakePlan(const Workflow& workflow);
[[nodiscard]] std::vector<std::string> NamesOf(const Plan& plan);

}  // namespace reprise::jobs
