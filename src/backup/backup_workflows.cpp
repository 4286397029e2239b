#include "backup/backup_workflows.hpp"

#include "backup/uploads.hpp"
#include "backup/url_imports.hpp"
#include "jobs/plain_workflow.hpp"

namespace reprise::backup {
namespace {

jobs::PlainStep VerifyStep(BackupMaker& maker, const domain::Task& task,
                           std::vector<std::string> after, double weight) {
  return {
      .name = "verify",
      .after = std::move(after),
      .weight = weight,
      .run = [&maker, id = domain::BackupId{task.subject_id}, hold = catalog::HoldOf(task)](
                 const Context& ctx, jobs::StepRun& run) {
        return maker.Verify(
            ctx, id,
            [&](double fraction, std::string detail) { run.Progress(fraction, std::move(detail)); },
            [&](std::string warning) { run.Warn(std::move(warning)); },
            [&] { return run.CheckOwner(); }, hold);
      }};
}

// The step that brings an archive into the storage by `bring` of `from`, and takes it out again.
template <class From, class Bring>
jobs::PlainStep BringingStep(const std::string& name, BackupMaker& maker, From& from, Bring bring,
                             const domain::Task& task) {
  const domain::BackupId id{task.subject_id};
  return {
      .name = name,
      .weight = 75,
      .run =
          [&from, bring, id, hold = catalog::HoldOf(task)](const Context& ctx, jobs::StepRun& run) {
            return (from.*bring)(
                ctx, id,
                [&](double fraction, std::string detail) {
                  run.Progress(fraction, std::move(detail));
                },
                [&] { return run.CheckOwner(); }, hold);
          },
      .undo = [&maker, id](const Context& ctx, jobs::StepRun& run) -> Status {
        RETURN_IF_ERROR(run.CheckOwner());
        return maker.Discard(ctx, id, {});
      }};
}

jobs::PlainWorkflow::EndHook MarkWhenFailed(BackupMaker& maker, const domain::Task& task) {
  return [&maker, id = domain::BackupId{task.subject_id}, hold = catalog::HoldOf(task)](
             const Context&, const std::optional<jobs::Failure>& failure) -> Status {
    return failure ? maker.MarkEnded(id, failure->error, hold) : Status();
  };
}

}  // namespace

std::unique_ptr<jobs::Workflow> MakeBackupWorkflow(BackupMaker& maker,
                                                   const std::string& installation,
                                                   const domain::Task& task) {
  const domain::BackupId id{task.subject_id};
  const auto owner = [installation, task_id = task.id](const jobs::StepRun& run) {
    return odoo::HelperOwner{installation, task_id, run.epoch()};
  };
  std::vector<jobs::PlainStep> steps;
  steps.push_back({.name = "archive",
                   .weight = 75,
                   .run = [&maker, id, owner, hold = catalog::HoldOf(task)](
                              const Context& ctx, jobs::StepRun& run) -> Status {
                     RETURN_IF_ERROR(maker.ReserveRoom(ctx, id, owner(run), hold));
                     return maker.Take(
                         ctx, id, owner(run),
                         [&](double fraction, std::string detail) {
                           run.Progress(fraction, std::move(detail));
                         },
                         [&](std::string warning) { run.Warn(std::move(warning)); },
                         [&] { return run.CheckOwner(); }, hold);
                   },
                   .undo = [&maker, id, owner](const Context& ctx, jobs::StepRun& run) -> Status {
                     RETURN_IF_ERROR(run.CheckOwner());
                     return maker.Discard(ctx, id, owner(run));
                   }});
  jobs::PlainStep verify = VerifyStep(maker, task, {"archive"}, 25);
  // What was reserved for the archive is on the disk by now.
  verify.run = [&maker, hold = catalog::HoldOf(task), check = std::move(verify.run)](
                   const Context& ctx, jobs::StepRun& run) -> Status {
    RETURN_IF_ERROR(maker.FreeRoom(hold));
    return check(ctx, run);
  };
  steps.push_back(std::move(verify));
  const auto ended = [&maker, hold = catalog::HoldOf(task), mark = MarkWhenFailed(maker, task)](
                         const Context& ctx,
                         const std::optional<jobs::Failure>& failure) -> Status {
    RETURN_IF_ERROR(mark(ctx, failure));
    // The row of a task that has ended counts for nothing; the janitor removes what stays.
    [[maybe_unused]] const Status freed = maker.FreeRoom(hold);
    return {};
  };
  return std::make_unique<jobs::PlainWorkflow>(std::move(steps), ended);
}

std::unique_ptr<jobs::Workflow> MakeImportWorkflow(BackupMaker& maker, const domain::Task& task) {
  const domain::BackupId id{task.subject_id};
  std::vector<jobs::PlainStep> steps;
  jobs::PlainStep verify = VerifyStep(maker, task, {}, 100);
  verify.undo = [&maker, id](const Context& ctx, jobs::StepRun& run) -> Status {
    RETURN_IF_ERROR(run.CheckOwner());
    return maker.Discard(ctx, id, {});
  };
  steps.push_back(std::move(verify));
  return std::make_unique<jobs::PlainWorkflow>(std::move(steps), MarkWhenFailed(maker, task));
}

std::unique_ptr<jobs::Workflow> MakeUrlImportWorkflow(BackupMaker& maker, UrlImports& urls,
                                                      const domain::Task& task) {
  const domain::BackupId id{task.subject_id};
  std::vector<jobs::PlainStep> steps;
  steps.push_back(BringingStep("fetch", maker, urls, &UrlImports::Fetch, task));
  steps.push_back(VerifyStep(maker, task, {"fetch"}, 25));
  const auto ended = [&urls, id, hold = catalog::HoldOf(task), mark = MarkWhenFailed(maker, task)](
                         const Context& ctx,
                         const std::optional<jobs::Failure>& failure) -> Status {
    RETURN_IF_ERROR(mark(ctx, failure));
    return urls.Forget(id, hold);
  };
  return std::make_unique<jobs::PlainWorkflow>(std::move(steps), ended);
}

std::unique_ptr<jobs::Workflow> MakeUploadImportWorkflow(BackupMaker& maker, Uploads& uploads,
                                                         const domain::Task& task) {
  std::vector<jobs::PlainStep> steps;
  steps.push_back(BringingStep("store", maker, uploads, &Uploads::Store, task));
  steps.push_back(VerifyStep(maker, task, {"store"}, 25));
  return std::make_unique<jobs::PlainWorkflow>(std::move(steps), MarkWhenFailed(maker, task));
}

std::unique_ptr<jobs::Workflow> MakeVerifyWorkflow(BackupMaker& maker, const domain::Task& task) {
  std::vector<jobs::PlainStep> steps;
  steps.push_back(VerifyStep(maker, task, {}, 100));
  return std::make_unique<jobs::PlainWorkflow>(std::move(steps), MarkWhenFailed(maker, task));
}

}  // namespace reprise::backup
