#pragma once

#include <memory>

#include "jobs/workflow.hpp"
#include "restore/restore_session.hpp"

namespace reprise::restore {

// A restore, from the first look to the last sweep. The .cpp is its table of contents.
[[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> MakeRestoreWorkflow(const RestoreParts& parts,
                                                                          const domain::Task& task);

}  // namespace reprise::restore
