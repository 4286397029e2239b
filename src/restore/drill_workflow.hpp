#pragma once

#include <memory>

#include "catalog/drill_store.hpp"
#include "jobs/journal.hpp"
#include "jobs/workflow.hpp"
#include "restore/restore_session.hpp"

namespace reprise::restore {

struct DrillParts {
  catalog::DrillStore& drills;
  jobs::Journal& journal;
};

// The steps of a restore into a new environment, whose network has no way out; then somebody signs
// in and has a document rendered; then all of it is removed. Whatever fails is the drill's result,
// told as "drill.failed".
[[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> MakeDrillWorkflow(const RestoreParts& parts,
                                                                        const DrillParts& drill,
                                                                        const domain::Task& task);

}  // namespace reprise::restore
