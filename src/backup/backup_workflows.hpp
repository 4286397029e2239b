#pragma once

#include <memory>

#include "backup/backup_maker.hpp"
#include "jobs/workflow.hpp"

namespace reprise::backup {

class Uploads;
class UrlImports;

// backup: archive → verify.
[[nodiscard]] std::unique_ptr<jobs::Workflow> MakeBackupWorkflow(BackupMaker& maker,
                                                                 const std::string& installation,
                                                                 const domain::Task& task);
// import: verify what was uploaded; an archive that is no backup is removed again.
[[nodiscard]] std::unique_ptr<jobs::Workflow> MakeImportWorkflow(BackupMaker& maker,
                                                                 const domain::Task& task);
// import of what lies at an address: fetch → verify. The address is forgotten at the end.
[[nodiscard]] std::unique_ptr<jobs::Workflow> MakeUrlImportWorkflow(BackupMaker& maker,
                                                                    UrlImports& urls,
                                                                    const domain::Task& task);
// import of what came in pieces: store → verify.
[[nodiscard]] std::unique_ptr<jobs::Workflow> MakeUploadImportWorkflow(BackupMaker& maker,
                                                                       Uploads& uploads,
                                                                       const domain::Task& task);
// verify: read a backup through again; one that does not hold any more loses its mark.
[[nodiscard]] std::unique_ptr<jobs::Workflow> MakeVerifyWorkflow(BackupMaker& maker,
                                                                 const domain::Task& task);

}  // namespace reprise::backup
