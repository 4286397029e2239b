#pragma once

#include <memory>

#include "catalog/space_store.hpp"
#include "catalog/stores.hpp"
#include "docker/engines.hpp"
#include "jobs/workflow.hpp"
#include "odoo/environment_service.hpp"

namespace reprise::odoo {

struct TrioWorkflowParts {
  catalog::EnvironmentStore& environments;
  docker::Engines& engines;
  std::string installation;
  catalog::SpaceStore* space = nullptr;  // where room is reserved, if it is
};

// deploy: make the trio, start Odoo (which installs an empty database), wait until it is healthy.
[[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> MakeDeployWorkflow(
    const TrioWorkflowParts& parts, const domain::Task& task);
// remove: take the trio away, or only forget it when it was adopted.
[[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> MakeRemoveWorkflow(
    const TrioWorkflowParts& parts, const domain::Task& task);

}  // namespace reprise::odoo
