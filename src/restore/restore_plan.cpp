#include "restore/restore_plan.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "domain/names.hpp"
#include "odoo/labels.hpp"
#include "restore/step_history.hpp"
#include "restore/target_checks.hpp"

namespace reprise::restore {
namespace {

constexpr std::chrono::minutes kHelperLife{10};

Check StrategyOf(const Order& order) {
  if (order.is_new_environment) {
    return Passed("strategy", "a new environment is made; nothing that runs is touched");
  }
  if (order.strategy == domain::RestoreStrategy::kInPlace) {
    return Warned("strategy",
                  fmt::format("in_place: \"{}\" is away while its database is dropped and loaded "
                              "anew, and its safety backup is the way back",
                              order.target.name),
                  "use side_by_side where the volume has room for two");
  }
  return Passed("strategy",
                "side_by_side: loaded and proven beside what is live, then swapped; the previous "
                "state is kept for undo");
}

Check SafetyOf(const Order& order) {
  if (order.is_new_environment) {
    return Passed("safety_backup", "a new environment has nothing to back up");
  }
  if (order.request.create_pre_restore_backup) {
    return Passed("safety_backup", fmt::format("\"{}\" is backed up and read back before the swap",
                                               order.target.name));
  }
  return Warned("safety_backup",
                fmt::format("no safety backup is made of \"{}\"; undo is kept for {} h only",
                            order.target.name, order.request.keep_previous.count()),
                "leave create_pre_restore_backup on");
}

Check SafeCopyOf(const Order& order, const SafeCopyPolicy& policy) {
  const std::string mails =
      policy.neutralize ? "neutralized before any Odoo sees it: no mails, crons, payments"
                        : "not neutralized: mails, crons and payments work as in the backup";
  const std::string identity =
      policy.reset_identity ? "it gets a uuid and secret of its own" : "it keeps uuid and secret";
  const domain::SafeCopySettings& more = order.request.safe_copy;
  const std::vector<std::string> masked = domain::NamesOf(more.mask);
  std::string sentence = fmt::format("{}; {}", mails, identity);
  if (more.HasMask()) {
    sentence += fmt::format("; masked: {}{}", fmt::join(masked, ", "),
                            more.rules.empty() ? "" : " and columns of the project's own");
  }
  if (!more.extra_sql.empty()) sentence += "; the project's own SQL runs on it";
  const bool risky = !policy.neutralize &&
                     order.backup.snapshot.type == domain::EnvironmentType::kProduction &&
                     order.request.mode != domain::RestoreMode::kOriginal;
  Check check = risky ? Warned("safe_copy", "a second copy of production: " + sentence,
                               "ask for neutralize true unless it is to take production's place")
                      : Passed("safe_copy", sentence);
  return std::move(check).With({{"neutralize", policy.neutralize},
                                {"reset_identity", policy.reset_identity},
                                {"mask", boost::json::array(masked.begin(), masked.end())},
                                {"extra_sql", !more.extra_sql.empty()}});
}

Check LossesOf(const Losses& losses, const std::string& target_name) {
  const std::string sentence = SentenceOf(losses, target_name);
  const bool none = losses.basis == Losses::Basis::kNothing ||
                    (losses.basis == Losses::Basis::kNewer && losses.complete() &&
                     losses.created() == 0 && losses.changed() == 0);
  if (none) return Passed("losses", sentence);
  return Warned("losses", sentence,
                "export what must be kept; the safety backup holds all of it as well");
}

// "It can be done, about 40 s, Odoo away for 6 s; shop loses …": what a person reads first.
std::string SentenceOf(const RestorePlan& plan) {
  for (const Check& check : plan.checks) {
    if (check.result == CheckResult::kBlocked) {
      return fmt::format("\"{}\" cannot be restored: {}", plan.order.backup.name, check.sentence);
    }
  }
  return fmt::format(R"("{}" can be restored into "{}": {}. It takes {}.)", plan.order.backup.name,
                     plan.order.target.name, SentenceOf(plan.losses, plan.order.target.name),
                     plan.estimate.seconds ? SentenceOf(plan.estimate)
                                           : std::string("a time that is not known yet"));
}

}  // namespace

odoo::Glimpse::Helper RestorePlanner::NewHelper() const {
  const std::string id = NewUuid();
  const auto until = parts_.clock.Now() + kHelperLife;
  return {fmt::format("reprise_plan_{}", domain::ShortId(id)),
          {{odoo::kInstallationLabel, parts_.installation},
           {odoo::kExpiresLabel, std::to_string(ToMicros(until))}}};
}

Result<Check> RestorePlanner::CheckFree(const Order& order) const {
  for (const auto status : {domain::TaskStatus::kRunning, domain::TaskStatus::kQueued}) {
    ASSIGN_OR_RETURN(
        const auto tasks,
        parts_.journal.List({.project_id = order.target.project_id, .status = status}, {1, 100}));
    for (const domain::Task& task : tasks.items) {
      if (task.target != order.target.id.value) continue;
      return Blocked("free", ErrorCode::kTargetBusy,
                     fmt::format("\"{}\" is busy, task {} ({}) holds it", order.target.name,
                                 task.id.value, domain::NameOf(task.kind)),
                     "wait until that task has ended, or cancel it");
    }
  }
  return Passed("free", fmt::format("no other task works on \"{}\"", order.target.name));
}

Result<Check> RestorePlanner::CheckImages(const Context& ctx, const Order& order) const {
  const auto& snapshot = order.backup.snapshot;
  ASSIGN_OR_RETURN(const auto engine, parts_.engines.Of(order.target.server_id));
  const auto found = odoo::FindImages(ctx, *engine, parts_.images, snapshot.images,
                                      snapshot.odoo_version, snapshot.postgres_version);
  if (!found) return Fail(found.error());
  boost::json::object details{{"odoo", found->images.odoo},
                              {"db", found->images.db},
                              {"pgbouncer", found->images.pgbouncer}};
  if (found->missing.empty()) {
    return Passed("images", fmt::format("the images are there: {}, {}, {}", found->images.odoo,
                                        found->images.db, found->images.pgbouncer))
        .With(std::move(details));
  }
  return Warned("images",
                fmt::format("not on the server, and must be pulled: {}",
                            fmt::join(found->missing, ", ")),
                "pull or build them there beforehand, or make sure that the engine can pull")
      .With(std::move(details));
}

// The checks that need the target's containers, and what it would lose.
Status RestorePlanner::LookAtTarget(const Context& ctx, RestorePlan& plan) const {
  const Order& order = plan.order;
  ASSIGN_OR_RETURN(const auto source,
                   parts_.store.Open(ctx, domain::StorageAddressOf(order.backup)));
  const auto reader = archive::OpenBackup(ctx, *source);
  if (!reader) {
    plan.checks.push_back(CheckOf("archive", Fail(reader.error()), ""));
    return {};
  }
  ASSIGN_OR_RETURN(const auto engine, parts_.engines.Of(order.target.server_id));
  ASSIGN_OR_RETURN(auto checks, CheckTarget(ctx, {.engine = *engine,
                                                  .order = order,
                                                  .reader = **reader,
                                                  .helper = NewHelper(),
                                                  .space = parts_.space,
                                                  .backups = parts_.backups,
                                                  .storage_room = parts_.storage_room}));
  const bool has_containers = checks.front().result != CheckResult::kBlocked;
  for (Check& check : checks) plan.checks.push_back(std::move(check));
  if (!has_containers) return {};
  const postgres::Cluster cluster(*engine, order.target.containers.db, order.target.db_admin);
  ASSIGN_OR_RETURN(plan.losses,
                   CountLosses(ctx, cluster, order, (*reader)->manifest().snapshot_at));
  return {};
}

Result<RestorePlan> RestorePlanner::Plan(const Context& ctx,
                                         const domain::RestoreRequest& request) const {
  RestorePlan plan;
  plan.made_at = parts_.clock.Now();
  ASSIGN_OR_RETURN(plan.order, ReadOrder({parts_.backups, parts_.environments, parts_.tenancy,
                                          parts_.safe_copies, parts_.snapshots},
                                         request, plan.made_at));
  const Order& order = plan.order;
  std::vector<Check>& checks = plan.checks;
  checks.push_back(Passed("permission", "the caller may do this restore"));
  checks.push_back(
      CheckOf("backup", CheckAvailable(ctx, parts_.store, order.backup),
              fmt::format("\"{}\" is completed, verified and in storage", order.backup.name)));
  const bool is_there = checks.back().result != CheckResult::kBlocked;
  checks.push_back(CheckOf("target", CheckFits(order),
                           order.is_new_environment
                               ? fmt::format("\"{}\" will be made", order.target.name)
                               : fmt::format("\"{}\" can take it", order.target.name)));
  const bool fits = checks.back().result != CheckResult::kBlocked;
  if (order.is_new_environment) {
    ASSIGN_OR_RETURN(Check images, CheckImages(ctx, order));
    checks.push_back(std::move(images));
    ASSIGN_OR_RETURN(Check space, CheckSpaceOfServer(ctx, parts_.engines,
                                                     {.store = parts_.space,
                                                      .server = order.target.server_id,
                                                      .project = order.target.project_id},
                                                     order.backup, parts_.images));
    checks.push_back(std::move(space));
  } else {
    ASSIGN_OR_RETURN(Check busy, CheckFree(order));
    checks.push_back(std::move(busy));
    if (is_there && fits) RETURN_IF_ERROR(LookAtTarget(ctx, plan));
  }
  checks.push_back(StrategyOf(order));
  checks.push_back(SafetyOf(order));
  plan.safe_copy = DecideSafeCopy(request, order.backup, order.target);
  checks.push_back(SafeCopyOf(order, plan.safe_copy));
  const StepHistory history(
      {parts_.journal, parts_.restores, parts_.backups, parts_.environments, parts_.drills});
  ASSIGN_OR_RETURN(plan.estimate, history.EstimateOf(order));
  checks.push_back(Passed("time", SentenceOf(plan.estimate)));
  checks.push_back(LossesOf(plan.losses, order.target.name));
  plan.result = WorstOf(checks);
  plan.sentence = SentenceOf(plan);
  return plan;
}

Status RestorePlanner::CheckRoom(const Context& ctx, const Order& order) const {
  if (order.is_new_environment || order.request.run_at) return {};
  // A target that is busy has the room in use; whether the call is then refused is not ours to say.
  const auto busy = CheckFree(order);
  if (!busy || busy->result == CheckResult::kBlocked) return {};
  const auto source = parts_.store.Open(ctx, domain::StorageAddressOf(order.backup));
  if (!source) return {};
  const auto reader = archive::OpenBackup(ctx, **source);
  if (!reader) return {};
  const auto engine = parts_.engines.Of(order.target.server_id);
  if (!engine) return {};
  const TargetLook look{.engine = **engine,
                        .order = order,
                        .reader = **reader,
                        .helper = NewHelper(),
                        .space = parts_.space,
                        .backups = parts_.backups,
                        .storage_room = parts_.storage_room};
  const auto glimpse =
      odoo::Glimpse::Into(ctx, look.engine, order.target.containers.odoo, look.helper);
  if (!glimpse) return {};
  const auto space = CheckSpace(ctx, look, *glimpse, std::nullopt);
  return space ? RefusalOf(*space) : Status();
}

}  // namespace reprise::restore
