#include "restore/janitor.hpp"

#include "base/log.hpp"
#include "odoo/labels.hpp"

namespace reprise::restore {

void Janitor::Run(const std::stop_token& stop) {
  const Context ctx(stop);
  while (!stop.stop_requested()) {
    const Status swept = Sweep(ctx.WithTimeout(std::chrono::minutes(5)));
    if (!swept && !stop.stop_requested()) {
      log::Warning("janitor.failed", {{"error", swept.error().Sentence()}});
    }
    [[maybe_unused]] const Status slept = ctx.Sleep(std::chrono::minutes(1));
  }
}

Status Janitor::Sweep(const Context& ctx) {
  RETURN_IF_ERROR(ReleaseExpired());
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

Result<bool> Janitor::HasEnded(const docker::Labels& labels) const {
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
  return {};
}

}  // namespace reprise::restore
