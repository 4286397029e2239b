#include "jobs/plain_workflow.hpp"
#include "snapshot/work.hpp"

namespace reprise::snapshot {
namespace {

using domain::Snapshot;
using domain::SnapshotStatus;

Status Drop(const Context& ctx, const Work& work, jobs::StepRun& run) {
  RETURN_IF_ERROR(BeginAttempt(ctx, work));
  RETURN_IF_ERROR(run.CheckOwner());
  RETURN_IF_ERROR(RemoveWhatStands(ctx, work, work.snapshot, run));
  return work.Record([](Snapshot& row) -> Status {
    row.database_name.clear();
    return {};
  });
}

Status Ended(const Context& ctx, const Work& work, const std::optional<jobs::Failure>& failure) {
  const auto stands = work.cluster().FindDatabase(ctx, work.snapshot.database_name);
  const bool spared = failure && failure->error.code == ErrorCode::kCancelled && stands && *stands;
  return work.Record([&](Snapshot& row) -> Status {
    if (spared) {
      row.status = SnapshotStatus::kKept;
      row.expires_at.reset();  // somebody wants it
      return {};
    }
    row.status = failure ? SnapshotStatus::kFailed : SnapshotStatus::kRemoved;
    row.ended_at = work.parts.clock.Now();
    if (!failure) return {};
    row.error_code = NameOf(failure->error.code);
    row.error_message = "it could not be removed: " + failure->error.Sentence();
    return {};
  });
}

}  // namespace

Result<std::unique_ptr<jobs::Workflow>> MakeDropWorkflow(const SnapshotParts& parts,
                                                         const domain::Task& task) {
  ASSIGN_OR_RETURN(const WorkPtr work, OpenWork(parts, task));
  std::vector<jobs::PlainStep> steps;
  steps.push_back({.name = "remove", .run = [work](const Context& ctx, jobs::StepRun& run) {
                     return Drop(ctx, *work, run);
                   }});
  return std::make_unique<jobs::PlainWorkflow>(
      std::move(steps), [work](const Context& ctx, const std::optional<jobs::Failure>& failure) {
        return Ended(ctx, *work, failure);
      });
}

}  // namespace reprise::snapshot
