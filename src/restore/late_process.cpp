#include "restore/late_process.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "domain/names.hpp"
#include "postgres/load.hpp"

namespace reprise::restore {
namespace {

constexpr int kMostRestores = 100;
constexpr int kMostTasks = 1000;
constexpr std::string_view kStartedAgain =
    "Odoo was found stopped after the end, by a process of Reprise that had been paused; it was "
    "started again";

// A process that lost it may have come late.
bool WasTakenOver(const domain::Task& task) { return task.attempts > 1; }

Status StartAgain(const Context& ctx, docker::Engine& engine, const domain::Environment& target,
                  const std::string& policy) {
  if (!target.containers.pgbouncer.empty()) {
    RETURN_IF_ERROR(engine.Start(ctx, target.containers.pgbouncer));
  }
  RETURN_IF_ERROR(engine.Start(ctx, target.containers.odoo));
  return engine.SetRestartPolicy(ctx, target.containers.odoo, policy);
}

}  // namespace

bool MayHaveLeft(const domain::Task& task) {
  return WasTakenOver(task) ||
         std::any_of(task.steps.begin(), task.steps.end(), [](const domain::TaskStep& step) {
           return step.state == domain::StepState::kFailed;
         });
}

Status LateProcess::PutRight(const Context& ctx) const {
  ASSIGN_OR_RETURN(const auto restores, parts_.restores.List({}, {1, kMostRestores}));
  for (const domain::RestorePoint& restore : restores.items) {
    if (!restore.completed_at || *restore.completed_at + kLately < parts_.clock.Now()) continue;
    const Status done = PutRight(ctx, restore);
    if (!done) {
      log::Warning("janitor.late_process.failed",
                   {{"restore", restore.id.value}, {"error", done.error().Sentence()}});
    }
  }
  for (const auto kind : {domain::TaskKind::kRollback, domain::TaskKind::kSnapshot}) {
    RETURN_IF_ERROR(PutSnapshotsRight(ctx, kind));
  }
  return {};
}

Status LateProcess::PutSnapshotsRight(const Context& ctx, domain::TaskKind kind) const {
  ASSIGN_OR_RETURN(const auto tasks, parts_.journal.List({.kind = kind}, {1, kMostRestores}));
  for (const domain::Task& task : tasks.items) {
    if (!task.completed_at || *task.completed_at + kLately < parts_.clock.Now()) continue;
    if (!MayHaveLeft(task)) continue;
    const Status done = PutRight(ctx, task);
    if (!done) {
      log::Warning("janitor.late_process.failed",
                   {{"task", task.id.value}, {"error", done.error().Sentence()}});
    }
  }
  return {};
}

Status LateProcess::PutRight(const Context& ctx, const domain::Task& task) const {
  const domain::EnvironmentId environment{task.target};
  ASSIGN_OR_RETURN(const bool held, IsHeld(environment));
  if (held) return {};
  ASSIGN_OR_RETURN(const domain::Environment target, parts_.environments.Get(environment));
  if (target.status == domain::EnvironmentStatus::kDeleted) return {};
  ASSIGN_OR_RETURN(const auto engine, parts_.engines.Of(target.server_id));
  if (WasTakenOver(task)) RETURN_IF_ERROR(StartLeftStopped(ctx, *engine, task, target));
  const std::string prefix = domain::SideDatabasePrefix(target.db_name, task.subject_id);
  const postgres::Cluster cluster(*engine, target.containers.db, target.db_admin);
  RETURN_IF_ERROR(
      postgres::RemoveSide(ctx, cluster, prefix, domain::LoaderRolePrefix(task.subject_id)));
  return RemoveDirectories(ctx, *engine, task.id, target, prefix);
}

Status LateProcess::StartLeftStopped(const Context& ctx, docker::Engine& engine,
                                     const domain::Task& task,
                                     const domain::Environment& target) const {
  ASSIGN_OR_RETURN(const auto saved, parts_.journal.Saved(task.id, fact::kRestartPolicy));
  const std::string policy =
      saved && saved->is_string() ? std::string(saved->get_string()) : std::string();
  ASSIGN_OR_RETURN(const docker::ContainerInfo odoo, engine.Inspect(ctx, target.containers.odoo));
  if (policy.empty() || policy == "no" || odoo.restart_policy != "no") return {};
  RETURN_IF_ERROR(StartAgain(ctx, engine, target, policy));
  log::Warning("janitor.started", {{"environment", target.name}, {"task", task.id.value}});
  if (target.status != domain::EnvironmentStatus::kRestoring) return {};
  RETURN_IF_ERROR(parts_.environments.Update(target.id, [](domain::Environment& row) -> Status {
    row.status = domain::EnvironmentStatus::kRunning;
    return {};
  }));
  return {};
}

Status LateProcess::PutRight(const Context& ctx, const domain::RestorePoint& restore) const {
  ASSIGN_OR_RETURN(const Tasks tasks, TasksOf(restore));
  if (std::none_of(tasks.begin(), tasks.end(), MayHaveLeft)) return {};
  ASSIGN_OR_RETURN(const bool held, IsHeld(restore.target_environment_id));
  if (held) return {};
  ASSIGN_OR_RETURN(const domain::Environment target,
                   parts_.environments.Get(restore.target_environment_id));
  // Only a late process stops an Odoo behind everyone's back; else a person may have.
  const bool may_be_late = std::any_of(tasks.begin(), tasks.end(), WasTakenOver);
  if (may_be_late && target.status == domain::EnvironmentStatus::kRestoring) {
    // Nobody restores it any more: that is what a late process wrote before it stopped Odoo.
    RETURN_IF_ERROR(parts_.environments.Update(target.id, [](domain::Environment& row) -> Status {
      row.status = domain::EnvironmentStatus::kRunning;
      return {};
    }));
  } else if (target.status != domain::EnvironmentStatus::kRunning) {
    return {};
  }
  ASSIGN_OR_RETURN(const auto engine, parts_.engines.Of(target.server_id));
  if (may_be_late) RETURN_IF_ERROR(StartStopped(ctx, *engine, restore, tasks, target));
  return RemoveSides(ctx, *engine, restore, tasks, target);
}

Result<LateProcess::Tasks> LateProcess::TasksOf(const domain::RestorePoint& restore) const {
  ASSIGN_OR_RETURN(auto about,
                   parts_.journal.List({.subject_id = restore.id.value}, {1, kMostTasks}));
  return std::move(about.items);
}

Result<bool> LateProcess::IsHeld(const domain::EnvironmentId& environment) const {
  ASSIGN_OR_RETURN(const auto active, parts_.journal.ActiveOn(environment.value));
  return active.has_value();
}

Status LateProcess::StartStopped(const Context& ctx, docker::Engine& engine,
                                 const domain::RestorePoint& restore, const Tasks& tasks,
                                 const domain::Environment& target) const {
  const std::vector<std::string>& told = restore.warnings;
  if (std::find(told.begin(), told.end(), kStartedAgain) != told.end()) return {};
  std::string policy;
  for (const domain::Task& task : tasks) {
    ASSIGN_OR_RETURN(const auto saved, parts_.journal.Saved(task.id, fact::kRestartPolicy));
    if (saved && saved->is_string()) policy = std::string(saved->get_string());
  }
  if (policy.empty()) return {};  // none of them came as far as stopping it
  ASSIGN_OR_RETURN(const docker::ContainerInfo odoo, engine.Inspect(ctx, target.containers.odoo));
  const std::string& pgbouncer = target.containers.pgbouncer;
  bool runs = odoo.state.running && odoo.restart_policy == policy;
  if (!pgbouncer.empty()) {
    ASSIGN_OR_RETURN(const docker::ContainerInfo info, engine.Inspect(ctx, pgbouncer));
    runs = runs && info.state.running;
  }
  if (runs) return {};
  RETURN_IF_ERROR(StartAgain(ctx, engine, target, policy));
  log::Warning("janitor.started", {{"environment", target.name}, {"restore", restore.id.value}});
  RETURN_IF_ERROR(parts_.restores.Update(restore.id, [](domain::RestorePoint& row) -> Status {
    row.warnings.emplace_back(kStartedAgain);
    return {};
  }));
  return {};
}

Status LateProcess::RemoveSides(const Context& ctx, docker::Engine& engine,
                                const domain::RestorePoint& restore, const Tasks& tasks,
                                const domain::Environment& target) const {
  const std::string prefix = domain::SideDatabasePrefix(target.db_name, restore.id.value);
  const postgres::Cluster cluster(engine, target.containers.db, target.db_admin);
  RETURN_IF_ERROR(
      postgres::RemoveSide(ctx, cluster, prefix, domain::LoaderRolePrefix(restore.id.value)));
  RETURN_IF_ERROR(RemoveDirectories(ctx, engine, restore.task_id, target, prefix));
  // Views of the filestore that a safety backup is made from.
  for (const domain::Task& task : tasks) {
    const std::string views = fmt::format("reprise_{}_", domain::ShortId(task.id.value));
    RETURN_IF_ERROR(RemoveDirectories(ctx, engine, restore.task_id, target, views));
  }
  return {};
}

Status LateProcess::RemoveDirectories(const Context& ctx, docker::Engine& engine,
                                      const domain::TaskId& owner,
                                      const domain::Environment& target,
                                      const std::string& prefix) const {
  // A look costs little; a toolbox is started only when there is something to remove.
  const std::string root = RestoreSession::FilestoreRoot(target);
  StringWriter names;
  RETURN_IF_ERROR(
      engine.Exec(ctx, target.containers.odoo,
                  {.argv = {"find", root, "-ignore_readdir_race", "-mindepth", "1", "-maxdepth",
                            "1", "-name", prefix + "*", "-printf", "%f\n"}},
                  {.output = &names}));
  if (names.text().find(prefix) == std::string::npos) return {};
  ASSIGN_OR_RETURN(const odoo::Toolbox toolbox,
                   odoo::Toolbox::Start(ctx, engine, target.containers.odoo,
                                        {parts_.installation, owner, 0}, "sweep"));
  ASSIGN_OR_RETURN(const auto left, toolbox.Names(ctx, root, prefix));
  for (const std::string& name : left) {
    RETURN_IF_ERROR(toolbox.Remove(ctx, fmt::format("{}/{}", root, name)));
    log::Info("janitor.removed", {{"filestore", name}});
  }
  return {};
}

}  // namespace reprise::restore
