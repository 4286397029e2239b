#include "upkeep/retention_service.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/repeat.hpp"

namespace reprise::upkeep {
namespace {

constexpr std::chrono::minutes kPause{15};
constexpr std::chrono::minutes kFirstPause{1};

// Ok while the rule still deletes it.
Status CheckStillOver(catalog::Transaction& transaction, const domain::EnvironmentId& environment,
                      const domain::BackupId& id, Instant now) {
  ASSIGN_OR_RETURN(const auto facts, catalog::RetentionStore::FactsIn(transaction, environment));
  for (const auto& one : domain::PlanRetention(facts.policy, facts.backups, now)) {
    if (one.id == id && !one.is_kept()) return {};
  }
  return Fail(ErrorCode::kConflict, "it is to be kept after all");
}

}  // namespace

Result<RetentionPlan> RetentionService::Preview(const domain::EnvironmentId& id) const {
  RetentionPlan plan;
  ASSIGN_OR_RETURN(plan.effective, parts_.retention.PolicyOf(id));
  ASSIGN_OR_RETURN(const auto facts, parts_.retention.FactsOf(id));
  for (const auto& decision :
       domain::PlanRetention(facts.policy, facts.backups, parts_.clock.Now())) {
    ASSIGN_OR_RETURN(domain::Backup backup, parts_.backups.Get(decision.id));
    plan.lines.push_back({std::move(backup), decision});
  }
  return plan;
}

Result<RetentionResult> RetentionService::Apply(const Context& ctx,
                                                const domain::EnvironmentId& id) {
  const Instant now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const auto facts, parts_.retention.FactsOf(id));
  const auto decisions = domain::PlanRetention(facts.policy, facts.backups, now);
  RETURN_IF_ERROR(parts_.retention.SetExpiry(decisions));
  RetentionResult result;
  for (const domain::RetentionDecision& one : decisions) {
    if (one.is_kept()) continue;
    RETURN_IF_ERROR(ctx.Check());
    const auto deleted =
        parts_.backup_service.Expire(ctx, one.id, [&](catalog::Transaction& transaction) {
          return CheckStillOver(transaction, id, one.id, now);
        });
    if (deleted) {
      result.deleted.push_back(one.id);
      log::Info("retention.deleted", {{"backup", one.id.value}, {"environment", id.value}});
    } else if (deleted.error().code == ErrorCode::kConflict) {
      result.left.push_back(deleted.error().Sentence());
    } else {
      return Fail(deleted.error());
    }
  }
  return result;
}

Status RetentionService::Sweep(const Context& ctx) {
  ASSIGN_OR_RETURN(const auto environments, parts_.retention.EnvironmentsWithBackups());
  Status worst;
  for (const domain::EnvironmentId& id : environments) {
    RETURN_IF_ERROR(ctx.Check());
    // Trouble with one (its storage, say) must not fill the disks of the others.
    if (const auto applied = Apply(ctx, id); !applied) worst = Fail(applied.error());
  }
  return worst;
}

void RetentionService::Run(const std::stop_token& stop) {
  [[maybe_unused]] const Status slept = Context(stop).Sleep(kFirstPause);
  RepeatUntilStopped(stop, kPause, "retention.failed",
                     [&](const Context& ctx) { return Sweep(ctx); });
}

}  // namespace reprise::upkeep
