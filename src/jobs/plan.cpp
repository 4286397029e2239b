#include "jobs/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace reprise::jobs {
namespace {

using Indexes = std::map<std::string_view, std::size_t>;

Result<Indexes> IndexSteps(const Workflow& workflow) {
  Indexes indexes;
  for (const auto& step : workflow.steps()) {
    if (!indexes.emplace(step->name(), indexes.size()).second) {
      return Fail(ErrorCode::kInternal, fmt::format("the plan has two steps \"{}\"", step->name()));
    }
  }
  return indexes;
}

// Takes away, round by round, the steps whose predecessors are gone; a circle never goes.
Status CheckNoCircle(const Plan& plan) {
  std::vector<bool> gone(plan.size(), false);
  for (bool progressed = true; progressed;) {
    progressed = false;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      const bool free = std::all_of(plan[i].after.begin(), plan[i].after.end(),
                                    [&](std::size_t before) { return gone[before]; });
      if (gone[i] || !free) continue;
      gone[i] = true;
      progressed = true;
    }
  }
  const auto stuck = std::find(gone.begin(), gone.end(), false);
  if (stuck == gone.end()) return {};
  const auto index = static_cast<std::size_t>(stuck - gone.begin());
  return Fail(ErrorCode::kInternal,
              fmt::format("step \"{}\" of the plan waits for itself", plan[index].step->name()));
}

}  // namespace

Result<Plan> MakePlan(const Workflow& workflow) {
  ASSIGN_OR_RETURN(const Indexes indexes, IndexSteps(workflow));
  Plan plan;
  for (const auto& step : workflow.steps()) {
    PlannedStep planned{step.get(), {}};
    for (const std::string_view name : step->after()) {
      const auto before = indexes.find(name);
      if (before == indexes.end()) {
        return Fail(ErrorCode::kInternal, fmt::format("step \"{}\" waits for \"{}\", which is not "
                                                      "in the plan",
                                                      step->name(), name));
      }
      planned.after.push_back(before->second);
    }
    plan.push_back(std::move(planned));
  }
  RETURN_IF_ERROR(CheckNoCircle(plan));
  return plan;
}

std::vector<std::string> NamesOf(const Plan& plan) {
  std::vector<std::string> names;
  names.reserve(plan.size());
  for (const PlannedStep& planned : plan) names.emplace_back(planned.step->name());
  return names;
}

}  // namespace reprise::jobs
