#include "restore/undo_workflow.hpp"

#include <fmt/format.h>

#include "domain/names.hpp"
#include "jobs/plain_workflow.hpp"
#include "restore/put_back.hpp"

namespace reprise::restore {
namespace {

using domain::Environment;
using domain::RestorePoint;

constexpr std::string_view kReturning = "returning";  // the database that comes back

// The state that a restore has replaced.
class PreviousState final : public KeptState {
 public:
  PreviousState(std::unique_ptr<RestoreSession> of, std::string replaced)
      : session_(std::move(of)), replaced_(std::move(replaced)) {}

  [[nodiscard]] const RestoreSession& session() const { return *session_; }
  // What is live now is called this afterwards.
  [[nodiscard]] const std::string& replaced() const { return replaced_; }

  [[nodiscard]] CutoverTools tools() const override { return CutoverWith(*session_); }
  [[nodiscard]] Result<Environment> Target() const override { return session_->Target(); }
  [[nodiscard]] odoo::HelperOwner Owner(const jobs::StepRun& run) const override {
    return session_->Owner(run);
  }
  [[nodiscard]] Status BeginAttempt(const Context& ctx) override {
    return session_->BeginAttempt(ctx);
  }
  // Fixed when the undo begins: the row changes in the middle of it.
  [[nodiscard]] Result<postgres::SwapNames> Names(const Environment& target,
                                                  jobs::StepRun& run) const override {
    std::string returning = RestoreSession::TextFact(run, kReturning);
    if (returning.empty()) {
      returning = session_->restore().previous_db_name;
      RETURN_IF_ERROR(run.Save(kReturning, boost::json::value(returning)));
    }
    return postgres::SwapNames{.live = target.db_name,
                               .incoming = returning,
                               .outgoing = replaced_,
                               .owner = target.db_user};
  }
  [[nodiscard]] Status SetTargetStatus(domain::EnvironmentStatus status,
                                       const std::string& error) const override {
    return session_->SetTargetStatus(status, error);
  }
  [[nodiscard]] Error Gone(const Environment& target,
                           const postgres::SwapNames& names) const override {
    return {
        ErrorCode::kConflict,
        fmt::format(R"(the previous database "{}" of "{}" is gone)", names.incoming, target.name),
        "restore the safety backup instead"};
  }
  void SetAside(odoo::Toolbox helper) override { session_->SetAside(std::move(helper)); }
  void RemoveSetAside() override { session_->RemoveSetAside(); }

 private:
  std::unique_ptr<RestoreSession> session_;
  std::string replaced_;
};

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
  ASSIGN_OR_RETURN(auto session, RestoreSession::Open(parts, task));
  ASSIGN_OR_RETURN(const Environment target, session->Target());
  const auto kept = std::make_shared<PreviousState>(
      std::move(session), domain::OldDatabaseName(target.db_name, task.id.value));
  std::vector<jobs::PlainStep> steps = PutBackSteps(kept, "validate");
  steps.insert(
      steps.begin(),
      {.name = "validate", .weight = 5, .run = [kept](const Context& ctx, jobs::StepRun& run) {
         return CheckKept(ctx, *kept, run);
       }});
  return std::make_unique<jobs::PlainWorkflow>(
      std::move(steps),
      [kept](const Context&, const std::optional<jobs::Failure>& failure) -> Status {
        if (failure) return TellIfDown(*kept, *failure);
        RETURN_IF_ERROR(kept->SetTargetStatus(domain::EnvironmentStatus::kRunning, ""));
        return kept->session().Record([&](RestorePoint& row) {
          if (row.previous_db_name == kept->replaced()) return;  // told already
          row.previous_db_name = kept->replaced();
          // It was live until now: as long as what a restore replaces.
          row.undo_expires_at = kept->session().parts().clock.Now() + row.request.keep_previous;
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
