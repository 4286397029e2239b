#include "restore/janitor.hpp"

#include <charconv>
#include <set>

#include "base/if_found.hpp"
#include "base/log.hpp"
#include "base/repeat.hpp"
#include "odoo/labels.hpp"
#include "odoo/trio.hpp"
#include "restore/late_process.hpp"

namespace reprise::restore {

void Janitor::Run(const std::stop_token& stop) {
  RepeatUntilStopped(stop, std::chrono::minutes(1), "janitor.failed", [&](const Context& ctx) {
    return Sweep(ctx.WithTimeout(std::chrono::minutes(5)));
  });
}

Status Janitor::Sweep(const Context& ctx) {
  RETURN_IF_ERROR(parts_.space.RemoveEnded());
  RETURN_IF_ERROR(ReleaseExpired());
  if (parts_.also) RETURN_IF_ERROR(parts_.also(ctx));
  RETURN_IF_ERROR(RemoveDrills(ctx));
  RETURN_IF_ERROR(LateProcess({.restores = parts_.restores,
                               .environments = parts_.environments,
                               .journal = parts_.journal,
                               .engines = parts_.engines,
                               .clock = parts_.clock,
                               .installation = parts_.installation})
                      .PutRight(ctx));
  return RemoveOrphans(ctx);
}

Status Janitor::ReleaseExpired() {
  ASSIGN_OR_RETURN(const auto expired, parts_.restores.ExpiredUndo(parts_.clock.Now()));
  for (const domain::RestorePoint& restore : expired) {
    const auto task = parts_.service.Release(restore.id);
    // A busy target is swept next time.
    if (!task && task.error().code != ErrorCode::kTargetBusy) return Fail(task.error());
    if (task) log::Info("undo.expired", {{"restore", restore.id.value}, {"task", task->id.value}});
  }
  return {};
}

// Each drill removes its own; this is for one whose removal failed, or was never tried.
Status Janitor::RemoveDrills(const Context& ctx) {
  ASSIGN_OR_RETURN(const auto left, parts_.drills.WithLivingThrowaways());
  for (const domain::Drill& drill : left) {
    ASSIGN_OR_RETURN(const bool ended, HasEnded({{odoo::kTaskLabel, drill.task_id.value}}));
    if (!ended) continue;
    const Status removed = RemoveThrowaway(ctx, drill.throwaway_id);
    RETURN_IF_ERROR(ctx.Check());
    log::Info("janitor.removed", {{"environment", drill.throwaway_id.value},
                                  {"error", removed ? "" : removed.error().Sentence()}});
  }
  return {};
}

Status Janitor::RemoveThrowaway(const Context& ctx, const domain::EnvironmentId& id) {
  ASSIGN_OR_RETURN(const domain::Environment environment, parts_.environments.Get(id));
  ASSIGN_OR_RETURN(const auto engine, parts_.engines.Of(environment.server_id));
  RETURN_IF_ERROR(odoo::RemoveTrio(ctx.WithTimeout(std::chrono::minutes(2)), *engine, id));
  RETURN_IF_ERROR(parts_.environments.Update(id, [](domain::Environment& row) -> Status {
    row.status = domain::EnvironmentStatus::kDeleted;
    return {};
  }));
  return {};
}

Result<bool> Janitor::HasEnded(const docker::Labels& labels) const {
  if (const auto expires = labels.find(odoo::kExpiresLabel); expires != labels.end()) {
    const std::string& text = expires->second;
    std::int64_t micros = 0;
    std::from_chars(text.data(), text.data() + text.size(), micros);
    return parts_.clock.Now() >= FromMicros(micros);
  }
  const auto label = labels.find(odoo::kTaskLabel);
  if (label == labels.end()) return false;
  const auto task = parts_.journal.Get(domain::TaskId{label->second});
  if (task) return domain::HasEnded(task->status);
  if (task.error().code == ErrorCode::kNotFound) return true;
  return Fail(task.error());
}

Status Janitor::RemoveOrphans(const Context& ctx) {
  ASSIGN_OR_RETURN(const auto servers, parts_.engines.All());
  for (const docker::Engines::OfServer& server : servers) {
    // A server that does not answer must not keep the others from being swept.
    const Status swept = RemoveOrphansOf(ctx.WithTimeout(std::chrono::minutes(2)), server);
    RETURN_IF_ERROR(ctx.Check());
    if (!swept) {
      log::Warning("janitor.server_failed",
                   {{"server", server.name}, {"error", swept.error().Sentence()}});
    }
  }
  return {};
}

Status Janitor::RemoveDeletedTrios(const Context& ctx, docker::Engine& engine) {
  const docker::Labels ours{{odoo::kInstallationLabel, parts_.installation}};
  std::set<std::string> found;
  const auto note = [&](const docker::Labels& labels) {
    const auto label = labels.find(odoo::kEnvironmentLabel);
    if (label != labels.end()) found.insert(label->second);
  };
  ASSIGN_OR_RETURN(const auto volumes, engine.ListVolumes(ctx, ours));
  for (const docker::VolumeInfo& volume : volumes) note(volume.labels);
  ASSIGN_OR_RETURN(const auto networks, engine.ListNetworks(ctx, ours));
  for (const docker::NetworkInfo& network : networks) note(network.labels);
  for (const std::string& id : found) {
    ASSIGN_OR_RETURN(const auto environment,
                     IfFound(parts_.environments.Get(domain::EnvironmentId{id})));
    if (!environment || environment->status != domain::EnvironmentStatus::kDeleted) continue;
    RETURN_IF_ERROR(odoo::RemoveTrio(ctx, engine, environment->id));
    log::Info("janitor.removed", {{"environment", environment->name}});
  }
  return {};
}

Status Janitor::RemoveOrphansOf(const Context& ctx, const docker::Engines::OfServer& server) {
  docker::Engine& engine = *server.engine;
  const docker::Labels ours{{odoo::kInstallationLabel, parts_.installation}};
  ASSIGN_OR_RETURN(const auto containers, engine.List(ctx, ours));
  for (const docker::ContainerInfo& container : containers) {
    ASSIGN_OR_RETURN(const bool ended, HasEnded(container.labels));
    if (!ended) continue;
    RETURN_IF_ERROR(engine.Remove(ctx, container.id));
    log::Info("janitor.removed", {{"container", container.name}, {"server", server.name}});
  }
  ASSIGN_OR_RETURN(const auto networks, engine.ListNetworks(ctx, ours));
  for (const docker::NetworkInfo& network : networks) {
    ASSIGN_OR_RETURN(const bool ended, HasEnded(network.labels));
    if (!ended) continue;
    ASSIGN_OR_RETURN(const auto environments, parts_.environments.List({}, {1, 1000}));
    for (const domain::Environment& environment : environments.items) {
      [[maybe_unused]] const Status cut =
          engine.Disconnect(ctx, network.id, environment.containers.db);
    }
    RETURN_IF_ERROR(engine.RemoveNetwork(ctx, network.id));
    log::Info("janitor.removed", {{"network", network.name}, {"server", server.name}});
  }
  return RemoveDeletedTrios(ctx, engine);
}

}  // namespace reprise::restore
