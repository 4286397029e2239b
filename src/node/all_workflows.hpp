#pragma once

#include <memory>

#include "backup/uploads.hpp"
#include "backup/url_imports.hpp"
#include "jobs/workflow.hpp"
#include "odoo/trio_workflows.hpp"
#include "rescue/mount_workflow.hpp"
#include "restore/drill_workflow.hpp"
#include "restore/restore_workflow.hpp"
#include "snapshot/snapshot_workflows.hpp"

namespace reprise::node {

// Which workflow a task of each kind is.
class AllWorkflows final : public jobs::WorkflowFactory {
 public:
  AllWorkflows(restore::RestoreParts restore, odoo::TrioWorkflowParts trio,
               restore::DrillParts drill, backup::Uploads& uploads, backup::UrlImports& urls,
               rescue::MountParts mount, snapshot::SnapshotParts snapshot)
      : restore_(std::move(restore)),
        trio_(std::move(trio)),
        drill_(drill),
        uploads_(uploads),
        urls_(urls),
        mount_(std::move(mount)),
        snapshot_(std::move(snapshot)) {}

  [[nodiscard]] Result<std::unique_ptr<jobs::Workflow>> Make(const domain::Task& task) override;
  [[nodiscard]] jobs::SecondsByStep Expect(const domain::Task& task) override;

 private:
  restore::RestoreParts restore_;
  odoo::TrioWorkflowParts trio_;
  restore::DrillParts drill_;
  backup::Uploads& uploads_;
  backup::UrlImports& urls_;
  rescue::MountParts mount_;
  snapshot::SnapshotParts snapshot_;
};

}  // namespace reprise::node
