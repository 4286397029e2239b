#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jobs/plain_workflow.hpp"
#include "odoo/labels.hpp"
#include "restore/cutover.hpp"

namespace reprise::restore {

// An earlier state of an environment that stands beside the live one, fenced, and is to be live
// again: what an undo and a rollback work on.
class KeptState {
 public:
  virtual ~KeptState() = default;

  [[nodiscard]] virtual CutoverTools tools() const = 0;
  [[nodiscard]] virtual Result<domain::Environment> Target() const = 0;
  [[nodiscard]] virtual odoo::HelperOwner Owner(const jobs::StepRun& run) const = 0;
  // Once per attempt: removes helpers of earlier attempts at this task.
  [[nodiscard]] virtual Status BeginAttempt(const Context& ctx) = 0;
  // The names of the exchange: the same whenever they are asked for, by one task.
  [[nodiscard]] virtual Result<postgres::SwapNames> Names(const domain::Environment& target,
                                                          jobs::StepRun& run) const = 0;
  // While the claim on the task lasts: kLeaseLost otherwise.
  [[nodiscard]] virtual Status SetTargetStatus(domain::EnvironmentStatus status,
                                               const std::string& error) const = 0;
  // The failure when that state is not there (any more).
  [[nodiscard]] virtual Error Gone(const domain::Environment& target,
                                   const postgres::SwapNames& names) const = 0;

  // As RestoreSession has them.
  virtual void SetAside(odoo::Toolbox helper) = 0;
  virtual void RemoveSetAside() = 0;
};

// Fails as KeptState::Gone says when the database that is to come back is not there.
[[nodiscard]] Status CheckKept(const Context& ctx, KeptState& kept, jobs::StepRun& run);

// swap (after `after`) → start → verify: what is kept becomes live, and what was live until then is
// kept in its place, fenced. When what came back does not run, what was live stands again.
[[nodiscard]] std::vector<jobs::PlainStep> PutBackSteps(const std::shared_ptr<KeptState>& kept,
                                                        const std::string& after);

// At a bad end: what was taken down and could not be put back is told as such; else the target is
// as it was.
[[nodiscard]] Status TellIfDown(const KeptState& kept, const jobs::Failure& failure);

}  // namespace reprise::restore
