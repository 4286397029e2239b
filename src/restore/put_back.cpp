#include "restore/put_back.hpp"

#include "base/task_group.hpp"

namespace reprise::restore {
namespace {

using domain::Environment;
using KeptPtr = std::shared_ptr<KeptState>;

constexpr std::string_view kForthBegun = "swap_forth_begun";

Result<odoo::Toolbox> StartToolbox(const Context& ctx, const KeptState& kept,
                                   const Environment& target, const jobs::StepRun& run) {
  return odoo::Toolbox::Start(ctx, kept.tools().engine, target.containers.odoo, kept.Owner(run),
                              "undo");
}

postgres::Cluster ClusterOf(const KeptState& kept, const Environment& target) {
  return {kept.tools().engine, target.containers.db, target.db_admin};
}

Status SwapBack(const Context& ctx, KeptState& kept, jobs::StepRun& run) {
  kept.RemoveSetAside();  // of a try that came as far
  RETURN_IF_ERROR(kept.BeginAttempt(ctx));
  ASSIGN_OR_RETURN(const Environment target, kept.Target());
  ASSIGN_OR_RETURN(const postgres::SwapNames names, kept.Names(target, run));
  // Asked before Odoo goes down, so that a psql stands ready for the exchange; and beside the start
  // of the helper.
  const postgres::Cluster cluster = ClusterOf(kept, target).KeptOpen(ctx);
  auto state = postgres::SwapState::kLost;
  TaskGroup looking(ctx);
  looking.Spawn([&](const Context& inner) -> Status {
    ASSIGN_OR_RETURN(state, postgres::LookAtSwap(inner, cluster, names));
    return {};
  });
  ASSIGN_OR_RETURN(odoo::Toolbox toolbox, StartToolbox(ctx, kept, target, run));
  RETURN_IF_ERROR(looking.Join());
  if (state == postgres::SwapState::kLost) return Fail(kept.Gone(target, names));
  RETURN_IF_ERROR(run.CheckOwner());
  RETURN_IF_ERROR(kept.SetTargetStatus(domain::EnvironmentStatus::kRestoring, ""));
  RETURN_IF_ERROR(TakeDownAndExchange(ctx, kept.tools(), cluster, target, names, toolbox, run));
  kept.SetAside(std::move(toolbox));
  return {};
}

// When what came back does not run: what was live before stands again.
Status SwapForth(const Context& ctx, KeptState& kept, jobs::StepRun& run) {
  kept.RemoveSetAside();
  RETURN_IF_ERROR(kept.BeginAttempt(ctx));
  ASSIGN_OR_RETURN(const Environment target, kept.Target());
  ASSIGN_OR_RETURN(const postgres::SwapNames names, kept.Names(target, run));
  const postgres::Cluster cluster = ClusterOf(kept, target).KeptOpen(ctx);
  ASSIGN_OR_RETURN(const auto replaced, cluster.FindDatabase(ctx, names.outgoing));
  // After a crash in it the databases may stand again already, but not yet their files.
  if (replaced || run.Saved(kForthBegun)) {
    ASSIGN_OR_RETURN(const odoo::Toolbox toolbox, StartToolbox(ctx, kept, target, run));
    RETURN_IF_ERROR(TakeDown(ctx, kept.tools(), target, run));
    RETURN_IF_ERROR(run.Save(kForthBegun, boost::json::value(true)));
    RETURN_IF_ERROR(Exchange(ctx, cluster, target,
                             {.live = names.live,
                              .incoming = names.outgoing,
                              .outgoing = names.incoming,
                              .owner = names.owner},
                             toolbox));
  } else {
    RETURN_IF_ERROR(postgres::Unfence(ctx, cluster, names.live));
  }
  RETURN_IF_ERROR(BringUp(ctx, kept.tools(), target, run));
  return kept.SetTargetStatus(domain::EnvironmentStatus::kRunning, "");
}

}  // namespace

Status CheckKept(const Context& ctx, KeptState& kept, jobs::StepRun& run) {
  RETURN_IF_ERROR(kept.BeginAttempt(ctx));
  ASSIGN_OR_RETURN(const Environment target, kept.Target());
  ASSIGN_OR_RETURN(const postgres::SwapNames names, kept.Names(target, run));
  const postgres::Cluster cluster = ClusterOf(kept, target);
  ASSIGN_OR_RETURN(const auto found, cluster.FindDatabase(ctx, names.incoming));
  if (found) return {};
  return Fail(kept.Gone(target, names));
}

std::vector<jobs::PlainStep> PutBackSteps(const KeptPtr& kept, const std::string& after) {
  std::vector<jobs::PlainStep> steps;
  steps.push_back(
      {.name = "swap",
       .after = {after},
       .weight = 25,
       .run = [kept](const Context& ctx, jobs::StepRun& run) { return SwapBack(ctx, *kept, run); },
       .undo = [kept](const Context& ctx,
                      jobs::StepRun& run) { return SwapForth(ctx, *kept, run); },
       .must_be_undone = true});
  steps.push_back({.name = "start",
                   .after = {"swap"},
                   .weight = 10,
                   .run = [kept](const Context& ctx, jobs::StepRun& run) -> Status {
                     RETURN_IF_ERROR(kept->BeginAttempt(ctx));
                     ASSIGN_OR_RETURN(const Environment target, kept->Target());
                     RETURN_IF_ERROR(BringUp(ctx, kept->tools(), target, run));
                     kept->RemoveSetAside();
                     return {};
                   }});
  steps.push_back({.name = "verify",
                   .after = {"start"},
                   .weight = 60,
                   .run = [kept](const Context& ctx, jobs::StepRun& run) -> Status {
                     RETURN_IF_ERROR(kept->BeginAttempt(ctx));
                     ASSIGN_OR_RETURN(const Environment target, kept->Target());
                     return WaitUntilUp(ctx, kept->tools(), target, run);
                   }});
  return steps;
}

Status TellIfDown(const KeptState& kept, const jobs::Failure& failure) {
  ASSIGN_OR_RETURN(const Environment target, kept.Target());
  if (target.status != domain::EnvironmentStatus::kRestoring) return {};
  return kept.SetTargetStatus(domain::EnvironmentStatus::kError, failure.error.Sentence());
}

}  // namespace reprise::restore
