#pragma once

#include <memory>

#include "jobs/workflow.hpp"
#include "restore/restore_session.hpp"

// The steps of a restore, a file each. Names are part of the API.
namespace reprise::restore {

namespace step {
inline constexpr std::string_view kValidate = "validate";
inline constexpr std::string_view kDeploy = "deploy";
inline constexpr std::string_view kSafetyBackup = "safety_backup";
inline constexpr std::string_view kDownload = "download";
inline constexpr std::string_view kLoadDatabase = "load_database";
inline constexpr std::string_view kStageFilestore = "stage_filestore";
inline constexpr std::string_view kMakeSafe = "make_safe";
inline constexpr std::string_view kProve = "prove";
inline constexpr std::string_view kKeepSnapshot = "keep_snapshot";
inline constexpr std::string_view kSwap = "swap";
inline constexpr std::string_view kStart = "start";
inline constexpr std::string_view kVerify = "verify";
inline constexpr std::string_view kFinish = "finish";
}  // namespace step

using StepPtr = std::unique_ptr<jobs::Step>;

StepPtr MakeValidateStep(RestoreSession& session);
StepPtr MakeDeployStep(RestoreSession& session);        // only for a new environment
StepPtr MakeSafetyBackupStep(RestoreSession& session);  // only when wanted
StepPtr MakeDownloadStep(RestoreSession& session);
StepPtr MakeLoadDatabaseStep(RestoreSession& session);
StepPtr MakeStageFilestoreStep(RestoreSession& session);  // only when wanted
StepPtr MakeMakeSafeStep(RestoreSession& session);        // only when there is more to it
StepPtr MakeProveStep(RestoreSession& session);
StepPtr MakeKeepSnapshotStep(RestoreSession& session);  // only when the environment keeps them
StepPtr MakeSwapStep(RestoreSession& session);
StepPtr MakeStartStep(RestoreSession& session);
StepPtr MakeVerifyStep(RestoreSession& session);
StepPtr MakeFinishStep(RestoreSession& session);

// Whether these steps are part of the plan.
[[nodiscard]] bool WantsSafetyBackup(const RestoreSession& session);
[[nodiscard]] bool WantsFilestore(const RestoreSession& session);
// Where the filestore is built, until it is named like its database.
[[nodiscard]] std::string StagingDirectory(const RestoreSession& session,
                                           const domain::Environment& target);

// What all steps share: each attempt begins by removing the helpers of a former one, whose programs
// may still be writing.
class RestoreStep : public jobs::Step {
 public:
  explicit RestoreStep(RestoreSession& session) : session_(session) {}
  [[nodiscard]] Status Run(const Context& ctx, jobs::StepRun& run) final {
    RETURN_IF_ERROR(session_.BeginAttempt(ctx));
    return Act(ctx, run);
  }
  [[nodiscard]] Status Undo(const Context& ctx, jobs::StepRun& run) final {
    RETURN_IF_ERROR(session_.BeginAttempt(ctx));
    return TakeBack(ctx, run);
  }

 protected:
  // Looks at the world, then acts; can be called again after a crash.
  [[nodiscard]] virtual Status Act(const Context& ctx, jobs::StepRun& run) = 0;
  // Takes back whatever Act may have done, also half of it.
  [[nodiscard]] virtual Status TakeBack(const Context&, jobs::StepRun&) { return {}; }

  [[nodiscard]] RestoreSession& session() const { return session_; }
  [[nodiscard]] postgres::Cluster ClusterOf(const domain::Environment& target) const {
    return {session_.engine(), target.containers.db, target.db_admin};
  }

 private:
  RestoreSession& session_;
};

}  // namespace reprise::restore
