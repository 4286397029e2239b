#include "restore/undo_workflow.hpp"

#include <fmt/format.h>

#include "domain/names.hpp"
#include "jobs/plain_workflow.hpp"
#include "restore/cutover.hpp"

namespace reprise::restore {
namespace {

using domain::Environment;
using domain::RestorePoint;

constexpr std::string_view kForthBegun = "swap_forth_begun";
constexpr std::string_view kReturning = "returning";  // the database that comes back

// What the functions of one undo share.
struct Undo {
  std::unique_ptr<RestoreSession> session;
  std::string kept_name;  // what is live now is called this afterwards

  // Names are fixed when the undo begins: the row changes in the middle of it.
  [[nodiscard]] Result<postgres::SwapNames> Names(const Environment& target,
                                                  jobs::StepRun& run) const {
    std::string returning = RestoreSession::TextFact(run, kReturning);
    if (returning.empty()) {
      returning = session->restore().previous_db_name;
      RETURN_IF_ERROR(run.Save(kReturning, boost::json::value(returning)));
    }
    return postgres::SwapNames{.live = target.db_name,
                               .incoming = returning,
                               .outgoing = kept_name,
                               .owner = target.db_user};
  }
};

Status Validate(const Context& ctx, const Undo& undo, jobs::StepRun& run) {
  RETURN_IF_ERROR(undo.session->BeginAttempt(ctx));
  ASSIGN_OR_RETURN(const Environment target, undo.session->Target());
  ASSIGN_OR_RETURN(const postgres::SwapNames names, undo.Names(target, run));
  const postgres::Cluster cluster(undo.session->engine(), target.containers.db, target.db_admin);
  ASSIGN_OR_RETURN(const auto previous, cluster.FindDatabase(ctx, names.incoming));
  if (previous) return {};
  return Fail(
      ErrorCode::kConflict,
      fmt::format(R"(the previous database "{}" of "{}" is gone)", names.incoming, target.name),
      "restore the safety backup instead");
}

Status SwapBack(const Context& ctx, const Undo& undo, jobs::StepRun& run) {
  RETURN_IF_ERROR(undo.session->BeginAttempt(ctx));
  ASSIGN_OR_RETURN(const Environment target, undo.session->Target());
  ASSIGN_OR_RETURN(const postgres::SwapNames names, undo.Names(target, run));
  ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                   odoo::Toolbox::Start(ctx, undo.session->engine(), target.containers.odoo,
                                        undo.session->Owner(run), "undo"));
  RETURN_IF_ERROR(run.CheckOwner());
  RETURN_IF_ERROR(undo.session->SetTargetStatus(domain::EnvironmentStatus::kRestoring, ""));
  RETURN_IF_ERROR(TakeDown(ctx, *undo.session, target, run));
  RETURN_IF_ERROR(run.CheckOwner());
  return Exchange(ctx, *undo.session, target, names, toolbox);
}

// When what came back does not run: what was live before the undo stands again.
Status SwapForth(const Context& ctx, const Undo& undo, jobs::StepRun& run) {
  RETURN_IF_ERROR(undo.session->BeginAttempt(ctx));
  ASSIGN_OR_RETURN(const Environment target, undo.session->Target());
  ASSIGN_OR_RETURN(const postgres::SwapNames names, undo.Names(target, run));
  const postgres::Cluster cluster(undo.session->engine(), target.containers.db, target.db_admin);
  ASSIGN_OR_RETURN(const auto kept, cluster.FindDatabase(ctx, names.outgoing));
  // After a crash in it the databases may stand again already, but not yet their files.
  if (kept || run.Saved(kForthBegun)) {
    ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                     odoo::Toolbox::Start(ctx, undo.session->engine(), target.containers.odoo,
                                          undo.session->Owner(run), "undo"));
    RETURN_IF_ERROR(TakeDown(ctx, *undo.session, target, run));
    RETURN_IF_ERROR(run.Save(kForthBegun, boost::json::value(true)));
    RETURN_IF_ERROR(Exchange(ctx, *undo.session, target,
                             {.live = names.live,
                              .incoming = names.outgoing,
                              .outgoing = names.incoming,
                              .owner = names.owner},
                             toolbox));
  } else {
    RETURN_IF_ERROR(postgres::Unfence(ctx, cluster, names.live));
  }
  RETURN_IF_ERROR(BringUp(ctx, *undo.session, target, run));
  return undo.session->SetTargetStatus(domain::EnvironmentStatus::kRunning, "");
}

// What was taken down and could not be put back is told as such; else the target is as it was.
Status EndedBadly(const Undo& undo, const jobs::Failure& failure) {
  ASSIGN_OR_RETURN(const Environment target, undo.session->Target());
  if (target.status != domain::EnvironmentStatus::kRestoring) return {};
  return undo.session->SetTargetStatus(domain::EnvironmentStatus::kError, failure.error.Sentence());
}

std::vector<jobs::PlainStep> UndoSteps(const std::shared_ptr<Undo>& undo) {
  std::vector<jobs::PlainStep> steps;
  steps.push_back(
      {.name = "validate", .weight = 5, .run = [undo](const Context& ctx, jobs::StepRun& run) {
         return Validate(ctx, *undo, run);
       }});
  steps.push_back(
      {.name = "swap",
       .after = {"validate"},
       .weight = 25,
       .run = [undo](const Context& ctx, jobs::StepRun& run) { return SwapBack(ctx, *undo, run); },
       .undo = [undo](const Context& ctx,
                      jobs::StepRun& run) { return SwapForth(ctx, *undo, run); },
       .must_be_undone = true});
  steps.push_back({.name = "start",
                   .after = {"swap"},
                   .weight = 10,
                   .run = [undo](const Context& ctx, jobs::StepRun& run) -> Status {
                     ASSIGN_OR_RETURN(const Environment target, undo->session->Target());
                     return BringUp(ctx, *undo->session, target, run);
                   }});
  steps.push_back({.name = "verify",
                   .after = {"start"},
                   .weight = 60,
                   .run = [undo](const Context& ctx, jobs::StepRun& run) -> Status {
                     ASSIGN_OR_RETURN(const Environment target, undo->session->Target());
                     return WaitUntilUp(ctx, *undo->session, target, run);
                   }});
  return steps;
}

Status RemovePrevious(const Context& ctx, RestoreSession& session, jobs::StepRun& run) {
  RETURN_IF_ERROR(session.BeginAttempt(ctx));
  const std::string& name = session.restore().previous_db_name;
  if (name.empty()) return {};
  ASSIGN_OR_RETURN(const Environment target, session.Target());
  if (target.status == domain::EnvironmentStatus::kDeleted || name == target.db_name) return {};
  const postgres::Cluster cluster(session.engine(), target.containers.db, target.db_admin);
  RETURN_IF_ERROR(run.CheckOwner());
  RETURN_IF_ERROR(cluster.DropDatabase(ctx, name));
  ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                   odoo::Toolbox::Start(ctx, session.engine(), target.containers.odoo,
                                        session.Owner(run), "release"));
  return toolbox.Remove(ctx, RestoreSession::FilestoreOf(target, name));
}

}  // namespace

Result<std::unique_ptr<jobs::Workflow>> MakeUndoWorkflow(const RestoreParts& parts,
                                                         const domain::Task& task) {
  auto undo = std::make_shared<Undo>();
  ASSIGN_OR_RETURN(undo->session, RestoreSession::Open(parts, task));
  ASSIGN_OR_RETURN(const Environment target, undo->session->Target());
  undo->kept_name = domain::OldDatabaseName(target.db_name, task.id.value);
  return std::make_unique<jobs::PlainWorkflow>(
      UndoSteps(undo),
      [undo](const Context&, const std::optional<jobs::Failure>& failure) -> Status {
        if (failure) return EndedBadly(*undo, *failure);
        RETURN_IF_ERROR(undo->session->SetTargetStatus(domain::EnvironmentStatus::kRunning, ""));
        return undo->session->Record([&](RestorePoint& row) {
          if (row.previous_db_name == undo->kept_name) return;  // told already
          row.previous_db_name = undo->kept_name;
          row.outcome = row.outcome == domain::RestoreOutcome::kUndone
                            ? domain::RestoreOutcome::kSwapped
                            : domain::RestoreOutcome::kUndone;
        });
      });
}

Result<std::unique_ptr<jobs::Workflow>> MakeReleaseWorkflow(const RestoreParts& parts,
                                                            const domain::Task& task) {
  ASSIGN_OR_RETURN(std::shared_ptr<RestoreSession> session, RestoreSession::Open(parts, task));
  std::vector<jobs::PlainStep> steps;
  steps.push_back({.name = "release", .run = [session](const Context& ctx, jobs::StepRun& run) {
                     return RemovePrevious(ctx, *session, run);
                   }});
  return std::make_unique<jobs::PlainWorkflow>(
      std::move(steps),
      [session](const Context&, const std::optional<jobs::Failure>& failure) -> Status {
        if (failure) return {};
        return session->Record([](RestorePoint& row) {
          row.previous_db_name.clear();
          row.undo_expires_at.reset();
        });
      });
}

}  // namespace reprise::restore
