#include <fmt/format.h>

#include <algorithm>

#include "domain/names.hpp"
#include "postgres/load.hpp"
#include "restore/cutover.hpp"
#include "restore/steps.hpp"

namespace reprise::restore {
namespace {

// How long a temporary environment stays at least after a restore into it.
constexpr std::chrono::hours kLeast{1};

// Sweeps up, and tells the catalog what now is. The previous state is kept for undo.
class FinishStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kFinish; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kVerify}; }
  [[nodiscard]] double weight() const override { return 1; }
  [[nodiscard]] bool cancellable() const override { return false; }
  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    const std::string& id = session().restore().id.value;
    const postgres::Cluster cluster = ClusterOf(target).KeptOpen(ctx);
    RETURN_IF_ERROR(postgres::RemoveSide(ctx, cluster,
                                         domain::SideDatabasePrefix(target.db_name, id),
                                         fmt::format("reprise_r{}_", domain::ShortId(id))));
    const Instant now = session().parts().clock.Now();
    const std::optional<double> downtime = DowntimeOf(run);
    RETURN_IF_ERROR(session().Record([&](domain::RestorePoint& row) {
      row.downtime_seconds = session().IsNewEnvironment() ? std::optional(0.0) : downtime;
      if (!row.previous_db_name.empty()) row.undo_expires_at = now + row.request.keep_previous;
    }));
    RETURN_IF_ERROR(SetExpiry(target, now));
    return session().IsInPlace() ? RemoveFormerFiles(ctx, target, run) : Status();
  }

 private:
  // A temporary environment's time begins when it can be used; one that somebody restored into is
  // not taken away from under them.
  Status SetExpiry(const domain::Environment& target, Instant now) {
    const auto lifetime = session().request().new_environment.lifetime;
    const bool is_set = session().IsNewEnvironment() && lifetime;
    if (!is_set && !target.expires_at) return {};
    RETURN_IF_ERROR(session().parts().environments.UpdateWith(
        target.id, catalog::WhileHeld(session().Hold(), [&](domain::Environment& row) -> Status {
          if (is_set) {
            row.expires_at = now + *lifetime;
          } else if (row.expires_at) {
            row.expires_at = std::max(*row.expires_at, Instant(now + kLeast));
          }
          return {};
        })));
    return {};
  }

  // In place the former files are kept no longer than all else can fail: without them there is no
  // way back. So that they cannot be removed is no failure, but told.
  Status RemoveFormerFiles(const Context& ctx, const domain::Environment& target,
                           jobs::StepRun& run) {
    constexpr int kTries = 3;
    const std::string files = RestoreSession::FilestoreOf(
        target, domain::OldDatabaseName(target.db_name, session().restore().id.value));
    for (int attempt = 1;; ++attempt) {
      const Status removed = Remove(ctx, target, files, run);
      RETURN_IF_ERROR(ctx.Check());
      if (removed) return {};
      if (attempt == kTries) {
        session().Warn(run, fmt::format("the former files could not be removed, {}: {}", files,
                                        removed.error().message));
        return {};
      }
      RETURN_IF_ERROR(ctx.Sleep(session().parts().settings.health.interval));
    }
  }
  Status Remove(const Context& ctx, const domain::Environment& target, const std::string& files,
                const jobs::StepRun& run) {
    ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                     odoo::Toolbox::Start(ctx, session().engine(), target.containers.odoo,
                                          session().Owner(run), "finish"));
    return toolbox.Remove(ctx, files);
  }
};

}  // namespace

StepPtr MakeFinishStep(RestoreSession& session) { return std::make_unique<FinishStep>(session); }

}  // namespace reprise::restore
