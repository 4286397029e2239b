#include "rescue/mount_sweep.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "restore/late_process.hpp"

namespace reprise::rescue {
namespace {

constexpr int kMostMounts = 100;
constexpr int kMostTasks = 100;

}  // namespace

Status MountSweep::Sweep(const Context& ctx) const {
  RETURN_IF_ERROR(parts_.service.UnmountOver());
  ASSIGN_OR_RETURN(const auto mounts, parts_.mounts.mounts.List({}, {1, kMostMounts}));
  for (const domain::Mount& mount : mounts.items) {
    if (!mount.ended_at || !mount.database_name.empty()) continue;
    if (*mount.ended_at + restore::kLately < parts_.mounts.clock.Now()) continue;
    const Status removed = RemoveLeft(ctx, mount);
    RETURN_IF_ERROR(ctx.Check());
    if (!removed) {
      log::Warning("mount.sweep_failed",
                   {{"mount", mount.id.value}, {"error", removed.error().Sentence()}});
    }
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
