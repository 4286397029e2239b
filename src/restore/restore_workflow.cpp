#include "restore/restore_workflow.hpp"

#include "restore/safe_copy_policy.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

using domain::RestoreOutcome;
using domain::RestorePoint;
using domain::RestoreStatus;
using domain::StepState;

// The status that the product page shows while a step runs. Where two run at once, the later one on
// the way is told.
RestoreStatus StatusDuring(std::string_view name) {
  if (name == step::kDownload) return RestoreStatus::kDownloading;
  if (name == step::kLoadDatabase) return RestoreStatus::kRestoringDb;
  if (name == step::kStageFilestore) return RestoreStatus::kRestoringFiles;
  if (name == step::kMakeSafe || name == step::kProve || name == step::kKeepSnapshot ||
      name == step::kSwap || name == step::kStart || name == step::kVerify ||
      name == step::kFinish) {
    return RestoreStatus::kVerifying;
  }
  return RestoreStatus::kPending;
}

class RestoreWorkflow final : public jobs::Workflow {
 public:
  explicit RestoreWorkflow(std::unique_ptr<RestoreSession> session) : session_(std::move(session)) {
    RestoreSession& restore = *session_;
    // Nothing before `swap` touches what serves; everything before it can be done again or dropped.
    steps_.push_back(MakeValidateStep(restore));
    if (restore.IsNewEnvironment()) steps_.push_back(MakeDeployStep(restore));
    if (WantsSafetyBackup(restore)) steps_.push_back(MakeSafetyBackupStep(restore));
    steps_.push_back(MakeDownloadStep(restore));
    steps_.push_back(MakeLoadDatabaseStep(restore));
    if (WantsFilestore(restore)) steps_.push_back(MakeStageFilestoreStep(restore));
    if (WantsMakeSafe(restore.request())) steps_.push_back(MakeMakeSafeStep(restore));
    steps_.push_back(MakeProveStep(restore));
    if (restore.request().keep_snapshot) steps_.push_back(MakeKeepSnapshotStep(restore));
    steps_.push_back(MakeSwapStep(restore));
    steps_.push_back(MakeStartStep(restore));
    steps_.push_back(MakeVerifyStep(restore));
    steps_.push_back(MakeFinishStep(restore));
  }

  [[nodiscard]] const std::vector<StepPtr>& steps() const override { return steps_; }

  void StepChanged(std::string_view name, StepState state) override {
    session_->FreeSpaceAfter(name, state);
    if (state != StepState::kRunning) return;
    const RestoreStatus during = StatusDuring(name);
    [[maybe_unused]] const Status recorded = session_->Record([&](RestorePoint& row) {
      if (static_cast<int>(during) > static_cast<int>(row.status)) row.status = during;
    });
  }

  [[nodiscard]] Status Ended(const Context&, const std::optional<jobs::Failure>& failure) override {
    RETURN_IF_ERROR(failure ? EndedBadly(*failure) : EndedWell());
    session_->FreeAllSpace();
    return {};
  }

 private:
  Status EndedWell() {
    RETURN_IF_ERROR(session_->SetTargetStatus(domain::EnvironmentStatus::kRunning, ""));
    return session_->Record([&](RestorePoint& row) {
      row.status = RestoreStatus::kCompleted;
      row.outcome = RestoreOutcome::kSwapped;
      if (!row.completed_at) row.completed_at = session_->parts().clock.Now();
    });
  }

  Status EndedBadly(const jobs::Failure& failure) {
    const bool cancelled = failure.error.code == ErrorCode::kCancelled;
    const std::string sentence = failure.error.Sentence();
    ASSIGN_OR_RETURN(const bool left_down, IsDown());
    RETURN_IF_ERROR(session_->Record([&](RestorePoint& row) {
      row.status = cancelled ? RestoreStatus::kCancelled : RestoreStatus::kFailed;
      if (row.completed_at) return;  // told already
      if (row.outcome == RestoreOutcome::kNone && !left_down) {
        row.outcome = RestoreOutcome::kTargetUntouched;
      }
      row.error_code = NameOf(failure.error.code);
      row.error_message = sentence;
      row.error_step = failure.step;
      row.completed_at = session_->parts().clock.Now();
    }));
    if (session_->IsNewEnvironment()) {
      return session_->SetTargetStatus(domain::EnvironmentStatus::kDeleted, sentence);
    }
    if (!left_down) return {};
    return session_->SetTargetStatus(domain::EnvironmentStatus::kError, sentence);
  }

  // Whether what serves was taken down and not put back. The steps that take it down say so in its
  // status before, and say again that it runs once they have been taken back.
  [[nodiscard]] Result<bool> IsDown() const {
    if (session_->IsNewEnvironment()) return false;
    ASSIGN_OR_RETURN(const domain::Environment target, session_->Target());
    return target.status == domain::EnvironmentStatus::kRestoring;
  }

  std::unique_ptr<RestoreSession> session_;
  std::vector<StepPtr> steps_;
};

}  // namespace

Result<std::unique_ptr<jobs::Workflow>> MakeRestoreWorkflow(const RestoreParts& parts,
                                                            const domain::Task& task) {
  ASSIGN_OR_RETURN(auto session, RestoreSession::Open(parts, task));
  return std::make_unique<RestoreWorkflow>(std::move(session));
}

}  // namespace reprise::restore
