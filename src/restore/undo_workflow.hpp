#pragma once

#include <memory>

#include "jobs/workflow.hpp"
#include "restore/restore_session.hpp"

namespace reprise::restore {

// Puts the previous state of a restore's target back: the same exchange with the names the other
// way round. What was live until then is kept, fenced, in its place, so that an undo can be undone.
[[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> MakeUndoWorkflow(const RestoreParts& parts,
                                                                       const domain::Task& task);

// Removes the previous state: its database and filestore. From then on there is no undo.
[[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> MakeReleaseWorkflow(const RestoreParts& parts,
                                                                          const domain::Task& task);

}  // namespace reprise::restore
