#include "domain/names.hpp"
#include "restore/cutover.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

constexpr std::string_view kBackBegun = "swap_back_begun";
constexpr std::string_view kReplaces = "swap_replaces";  // whether there was a live database

// The only step that touches live names: Odoo down, databases and filestores exchanged, nothing
// copied. The previous pair stays, fenced, for undo. Taken back by the same exchange backwards and
// a start of what was there before.
class SwapStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kSwap; }
  [[nodiscard]] std::vector<std::string_view> after() const override {
    std::vector<std::string_view> before{step::kProve};
    if (WantsSafetyBackup(session())) before.push_back(step::kSafetyBackup);
    if (session().request().keep_snapshot) before.push_back(step::kKeepSnapshot);
    return before;
  }
  [[nodiscard]] double weight() const override { return 2; }
  [[nodiscard]] bool cancellable() const override { return false; }
  [[nodiscard]] bool must_be_undone() const override { return !session().IsNewEnvironment(); }

  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    const CutoverTools tools = CutoverWith(session());
    // Whatever can be slow or fail stands before Odoo goes down.
    ASSIGN_OR_RETURN(odoo::Toolbox toolbox, StandingHelper(ctx, target, run));
    const postgres::Cluster cluster = ClusterOf(target).KeptOpen(ctx);
    RETURN_IF_ERROR(LookForLive(ctx, cluster, target, run));
    const postgres::SwapNames names = Names(target, run);
    if (!WantsFilestore(session())) {
      // What the check of the registry may have written there is no filestore to bring.
      RETURN_IF_ERROR(toolbox.Remove(ctx, RestoreSession::FilestoreOf(target, names.incoming)));
    }
    RETURN_IF_ERROR(run.CheckOwner());
    RETURN_IF_ERROR(run.Save(fact::kSwapBegun, boost::json::value(true)));
    RETURN_IF_ERROR(session().SetTargetStatus(domain::EnvironmentStatus::kRestoring, ""));
    ASSIGN_OR_RETURN(const bool has_previous,
                     session().IsNewEnvironment()
                         ? Exchange(ctx, cluster, target, names, toolbox)
                         : TakeDownAndExchange(ctx, tools, cluster, target, names, toolbox, run));
    session().SetAside(std::move(toolbox));
    return session().Record([&](domain::RestorePoint& row) {
      row.previous_db_name = has_previous ? names.outgoing : std::string();
    });
  }

  [[nodiscard]] Status TakeBack(const Context& ctx, jobs::StepRun& run) override {
    session().RemoveSetAside();
    // A new environment is removed as a whole by the step that made it.
    if (!run.Saved(fact::kSwapBegun) || session().IsNewEnvironment()) return {};
    RETURN_IF_ERROR(PutBack(ctx, run));
    // In place the target stays down until the previous database has been brought back.
    if (session().IsInPlace()) return run.Save(fact::kSwapTakenBack, boost::json::value(true));
    return session().SetTargetStatus(domain::EnvironmentStatus::kRunning, "");
  }

 private:
  Status PutBack(const Context& ctx, jobs::StepRun& run) {
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    const postgres::Cluster cluster = ClusterOf(target);
    const postgres::SwapNames forth = Names(target, run);
    RETURN_IF_ERROR(TakeDown(ctx, CutoverWith(session()), target, run));
    ASSIGN_OR_RETURN(const auto outgoing, cluster.FindDatabase(ctx, forth.outgoing));
    // After a crash in it the databases may be back already, but not yet their files.
    if (outgoing || run.Saved(kBackBegun)) {
      ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                       odoo::Toolbox::Start(ctx, session().engine(), target.containers.odoo,
                                            session().Owner(run), "swap"));
      RETURN_IF_ERROR(run.CheckOwner());
      RETURN_IF_ERROR(run.Save(kBackBegun, boost::json::value(true)));
      RETURN_IF_ERROR(Exchange(ctx, cluster, target,
                               {.live = forth.live,
                                .incoming = forth.outgoing,
                                .outgoing = forth.incoming,
                                .owner = target.db_user},
                               toolbox));
      RETURN_IF_ERROR(session().Record([](domain::RestorePoint& row) {
        row.previous_db_name.clear();
        row.outcome = domain::RestoreOutcome::kRolledBack;
      }));
    } else if (session().IsInPlace()) {
      return TakeBackInPlace(ctx, cluster, target, forth, run);
    } else {
      RETURN_IF_ERROR(postgres::Unfence(ctx, cluster, forth.live));
    }
    RETURN_IF_ERROR(BringUp(ctx, CutoverWith(session()), target, run));
    Status up = WaitUntilUp(ctx, CutoverWith(session()), target, run);
    if (up || up.error().code != ErrorCode::kUnhealthy) return up;
    // It may have been ill before: a reason to restore. It stands as it stood.
    session().Warn(run, "the previous state was put back, but it is not healthy either: " +
                            up.error().message);
    return {};
  }

  // That of `prove`, or of a try that came as far, where it still answers.
  Result<odoo::Toolbox> StandingHelper(const Context& ctx, const domain::Environment& target,
                                       const jobs::StepRun& run) {
    if (std::optional<odoo::Toolbox> kept = session().TakeSetAside()) {
      if (kept->Exists(ctx, RestoreSession::FilestoreRoot(target))) return *std::move(kept);
    }
    return odoo::Toolbox::Start(ctx, session().engine(), target.containers.odoo,
                                session().Owner(run), "swap");
  }

  postgres::SwapNames Names(const domain::Environment& target, const jobs::StepRun& run) const {
    return {.live = target.db_name,
            .incoming = RestoreSession::TextFact(run, fact::kSideDatabase),
            .outgoing = domain::OldDatabaseName(target.db_name, session().restore().id.value),
            .owner = target.db_user,
            .replaces = run.Saved(kReplaces) == boost::json::value(true)};
  }

  // Once, before anything is renamed.
  Status LookForLive(const Context& ctx, const postgres::Cluster& cluster,
                     const domain::Environment& target, jobs::StepRun& run) {
    if (run.Saved(kReplaces)) return {};
    ASSIGN_OR_RETURN(const auto live, cluster.FindDatabase(ctx, target.db_name));
    return run.Save(kReplaces, boost::json::value(live.has_value()));
  }

  // There is no previous database: the step that dropped it brings it back from the safety backup.
  // Here only the names are freed for it.
  Status TakeBackInPlace(const Context& ctx, const postgres::Cluster& cluster,
                         const domain::Environment& target, const postgres::SwapNames& forth,
                         jobs::StepRun& run) {
    ASSIGN_OR_RETURN(const auto state, postgres::LookAtSwap(ctx, cluster, forth));
    if (state == postgres::SwapState::kSwapped) {
      ASSIGN_OR_RETURN(const auto restored, cluster.FindDatabase(ctx, forth.live));
      RETURN_IF_ERROR(run.CheckOwner());
      if (restored) RETURN_IF_ERROR(cluster.DropDatabase(ctx, *restored));
    }
    ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                     odoo::Toolbox::Start(ctx, session().engine(), target.containers.odoo,
                                          session().Owner(run), "swap"));
    const std::string live = RestoreSession::FilestoreOf(target, forth.live);
    const std::string old = RestoreSession::FilestoreOf(target, forth.outgoing);
    ASSIGN_OR_RETURN(const bool has_old, toolbox.Exists(ctx, old));
    if (!has_old) return {};
    RETURN_IF_ERROR(toolbox.Remove(ctx, live));
    RETURN_IF_ERROR(toolbox.Rename(ctx, old, live));
    return session().Record(
        [](domain::RestorePoint& row) { row.outcome = domain::RestoreOutcome::kRolledBack; });
  }
};

}  // namespace

StepPtr MakeSwapStep(RestoreSession& session) { return std::make_unique<SwapStep>(session); }

}  // namespace reprise::restore
