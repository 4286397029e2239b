#include "rescue/mount_sweep.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "base/log.hpp"
#include "restore/late_process.hpp"

namespace reprise::rescue {
namespace {

constexpr int kMostMounts = 100;
constexpr int kMostTasks = 100;
// A server that does not answer must not keep the janitor from the others.
constexpr std::chrono::seconds kMostTime{30};

}  // namespace

Status MountSweep::Sweep(const Context& ctx) const {
  RETURN_IF_ERROR(parts_.service.UnmountOver());
  ASSIGN_OR_RETURN(const auto mounts, parts_.mounts.mounts.List({}, {1, kMostMounts}));
  std::set<std::string> silent;  // servers
  for (const domain::Mount& mount : mounts.items) {
    if (!mount.ended_at || !mount.database_name.empty()) continue;
    if (*mount.ended_at + restore::kLately < parts_.mounts.clock.Now()) continue;
    const auto environment = parts_.mounts.environments.Get(mount.environment_id);
    const std::string server = environment ? environment->server_id.value : std::string();
    if (silent.contains(server)) continue;
    const Status removed = RemoveLeft(ctx.WithTimeout(kMostTime), mount);
    RETURN_IF_ERROR(ctx.Check());
    if (removed) continue;
    if (removed.error().code == ErrorCode::kTimeout) silent.insert(server);
    log::Warning("mount.sweep_failed",
                 {{"mount", mount.id.value}, {"error", removed.error().Sentence()}});
  }
  return {};
}

Status MountSweep::RemoveLeft(const Context& ctx, const domain::Mount& mount) const {
  ASSIGN_OR_RETURN(const auto tasks,
                   parts_.journal.List({.subject_id = mount.id.value}, {1, kMostTasks}));
  const auto& all = tasks.items;
  if (std::none_of(all.begin(), all.end(), restore::MayHaveLeft)) return {};
  ASSIGN_OR_RETURN(const auto active, parts_.journal.ActiveOn(MountService::TargetOf(mount.id)));
  if (active) return {};
  return RemoveWhatStands(ctx, parts_.mounts, mount);
}

}  // namespace reprise::rescue
