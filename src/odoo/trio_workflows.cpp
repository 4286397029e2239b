#include "odoo/trio_workflows.hpp"

#include <fmt/format.h>

#include "jobs/plain_workflow.hpp"
#include "odoo/deploy_room.hpp"
#include "odoo/health.hpp"
#include "odoo/trio.hpp"

namespace reprise::odoo {
namespace {

using domain::Environment;
using domain::EnvironmentStatus;

// What Odoo needs to install its base into an empty database, on a slow machine.
const HealthOptions kFirstStart{.attempts = 300, .interval = std::chrono::milliseconds(2000)};

Status SetStatus(catalog::EnvironmentStore& environments, const domain::EnvironmentId& id,
                 EnvironmentStatus status, std::string error) {
  RETURN_IF_ERROR(environments.Update(id, [&](Environment& environment) -> Status {
    environment.status = status;
    environment.error_message = std::move(error);
    return {};
  }));
  return {};
}

// Under the claim from now on, in the place that it had when it was asked for.
Status ReserveRoom(const Context& ctx, const TrioWorkflowParts& parts, const domain::Task& task,
                   const Environment& environment) {
  if (parts.space == nullptr) return {};
  return ReserveForDeployment(
      ctx, parts.engines,
      {.store = *parts.space,
       .server = environment.server_id,
       .project = environment.project_id,
       .owner = catalog::SpaceOwner{task.id, catalog::HoldOf(task),
                                    fmt::format("the deployment of \"{}\"", environment.name)}},
      0);
}

}  // namespace

Result<std::unique_ptr<jobs::Workflow>> MakeDeployWorkflow(const TrioWorkflowParts& parts,
                                                           const domain::Task& task) {
  const domain::EnvironmentId id{task.subject_id};
  std::vector<jobs::PlainStep> steps;
  steps.push_back({.name = "deploy",
                   .weight = 30,
                   .run = [parts, id, task](const Context& ctx, jobs::StepRun& run) -> Status {
                     ASSIGN_OR_RETURN(const Environment environment, parts.environments.Get(id));
                     RETURN_IF_ERROR(ReserveRoom(ctx, parts, task, environment));
                     ASSIGN_OR_RETURN(const auto engine, parts.engines.Of(environment.server_id));
                     RETURN_IF_ERROR(run.CheckOwner());
                     ASSIGN_OR_RETURN(const Environment made,
                                      CreateTrio(ctx, *engine, parts.installation, environment,
                                                 [&](double fraction, std::string detail) {
                                                   run.Progress(fraction, std::move(detail));
                                                 }));
                     RETURN_IF_ERROR(parts.environments.Update(id, [&](Environment& row) -> Status {
                       row = made;
                       return {};
                     }));
                     return {};
                   },
                   .undo = [parts, id](const Context& ctx, jobs::StepRun&) -> Status {
                     ASSIGN_OR_RETURN(const Environment environment, parts.environments.Get(id));
                     ASSIGN_OR_RETURN(const auto engine, parts.engines.Of(environment.server_id));
                     return RemoveTrio(ctx, *engine, id);
                   }});
  steps.push_back({.name = "start",
                   .after = {"deploy"},
                   .weight = 70,
                   .run = [parts, id](const Context& ctx, jobs::StepRun&) -> Status {
                     ASSIGN_OR_RETURN(const Environment environment, parts.environments.Get(id));
                     ASSIGN_OR_RETURN(const auto engine, parts.engines.Of(environment.server_id));
                     RETURN_IF_ERROR(engine->Start(ctx, environment.containers.odoo));
                     HealthOptions options = kFirstStart;
                     options.db_name = environment.db_name;
                     return WaitHealthy(ctx, *engine, environment.containers.odoo, options, {});
                   }});
  return std::make_unique<jobs::PlainWorkflow>(
      std::move(steps),
      [parts, id, task](const Context&, const std::optional<jobs::Failure>& failure) -> Status {
        if (parts.space != nullptr) {
          // The row of a task that has ended counts for nothing; the janitor removes what stays.
          [[maybe_unused]] const Status freed = parts.space->Free(task.id, catalog::HoldOf(task));
        }
        // Nothing is left of a failed deployment, so its name is free again.
        return failure ? SetStatus(parts.environments, id, EnvironmentStatus::kDeleted,
                                   failure->error.message)
                       : SetStatus(parts.environments, id, EnvironmentStatus::kRunning, "");
      });
}

Result<std::unique_ptr<jobs::Workflow>> MakeRemoveWorkflow(const TrioWorkflowParts& parts,
                                                           const domain::Task& task) {
  const domain::EnvironmentId id{task.subject_id};
  std::vector<jobs::PlainStep> steps;
  steps.push_back(
      {.name = "remove", .run = [parts, id](const Context& ctx, jobs::StepRun& run) -> Status {
         ASSIGN_OR_RETURN(const Environment environment, parts.environments.Get(id));
         if (environment.origin == domain::EnvironmentOrigin::kAdopted) return {};
         ASSIGN_OR_RETURN(const auto engine, parts.engines.Of(environment.server_id));
         RETURN_IF_ERROR(run.CheckOwner());
         return RemoveTrio(ctx, *engine, id);
       }});
  return std::make_unique<jobs::PlainWorkflow>(
      std::move(steps),
      [parts, id](const Context&, const std::optional<jobs::Failure>& failure) -> Status {
        return failure ? SetStatus(parts.environments, id, EnvironmentStatus::kError,
                                   failure->error.message)
                       : SetStatus(parts.environments, id, EnvironmentStatus::kDeleted, "");
      });
}

}  // namespace reprise::odoo
