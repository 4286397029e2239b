#include "node/all_workflows.hpp"

#include <fmt/format.h>

#include "backup/backup_workflows.hpp"
#include "restore/step_history.hpp"
#include "restore/undo_workflow.hpp"

namespace reprise::node {

Result<std::unique_ptr<jobs::Workflow>> AllWorkflows::Make(const domain::Task& task) {
  using domain::TaskKind;
  switch (task.kind) {
    case TaskKind::kBackup:
      return backup::MakeBackupWorkflow(restore_.maker, trio_.installation, task);
    case TaskKind::kImport: {
      ASSIGN_OR_RETURN(const bool is_fetched, urls_.Has(domain::BackupId{task.subject_id}));
      if (is_fetched) return backup::MakeUrlImportWorkflow(restore_.maker, urls_, task);
      ASSIGN_OR_RETURN(const bool is_uploaded, uploads_.Has(domain::BackupId{task.subject_id}));
      if (is_uploaded) return backup::MakeUploadImportWorkflow(restore_.maker, uploads_, task);
      return backup::MakeImportWorkflow(restore_.maker, task);
    }
    case TaskKind::kVerify:
      return backup::MakeVerifyWorkflow(restore_.maker, task);
    case TaskKind::kRestore:
      return restore::MakeRestoreWorkflow(restore_, task);
    case TaskKind::kUndo:
      return restore::MakeUndoWorkflow(restore_, task);
    case TaskKind::kRelease:
      return restore::MakeReleaseWorkflow(restore_, task);
    case TaskKind::kDeploy:
      return odoo::MakeDeployWorkflow(trio_, task);
    case TaskKind::kRemove:
      return odoo::MakeRemoveWorkflow(trio_, task);
    case TaskKind::kDrill:
      return restore::MakeDrillWorkflow(restore_, drill_, task);
    case TaskKind::kMount:
      return rescue::MakeMountWorkflow(mount_, task);
    case TaskKind::kUnmount:
      return rescue::MakeUnmountWorkflow(mount_, task);
    case TaskKind::kSnapshot:
      return snapshot::MakeTakeWorkflow(snapshot_, task);
    case TaskKind::kRollback:
      return snapshot::MakeRollbackWorkflow(snapshot_, task);
    case TaskKind::kDropSnapshot:
      return snapshot::MakeDropWorkflow(snapshot_, task);
  }
  return Fail(ErrorCode::kInternal,
              fmt::format("this version cannot run tasks of kind {}", domain::NameOf(task.kind)));
}

jobs::SecondsByStep AllWorkflows::Expect(const domain::Task& task) {
  const restore::StepHistory history(
      {drill_.journal, restore_.restores, restore_.backups, restore_.environments, &drill_.drills});
  return history.Expect(task).value_or(jobs::SecondsByStep{});
}

}  // namespace reprise::node
