#include "rescue/mount_service.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/log.hpp"
#include "domain/names.hpp"
#include "restore/order.hpp"

namespace reprise::rescue {
namespace {

using domain::Mount;
using domain::MountStatus;
using domain::TaskKind;

constexpr std::chrono::hours kLongest{72};
// After a failure: a server that is away stays so a while.
constexpr std::chrono::minutes kPause{15};

Status CheckLifetime(std::chrono::hours lifetime) {
  if (lifetime >= std::chrono::hours(1) && lifetime <= kLongest) return {};
  Error error{ErrorCode::kInvalidArgument,
              fmt::format("a mount stands for 1 to {} hours", kLongest.count())};
  error.field = "/hours";
  return Fail(std::move(error));
}

}  // namespace

std::string MountService::TargetOf(const domain::MountId& id) { return "mount:" + id.value; }

Result<Mount> MountService::Order(const Context& ctx, const MountOrder& order) {
  RETURN_IF_ERROR(CheckLifetime(order.lifetime));
  ASSIGN_OR_RETURN(const domain::Backup backup, parts_.backups.Get(order.backup_id));
  const domain::EnvironmentId& wanted =
      order.environment_id.empty() ? backup.environment_id : order.environment_id;
  if (wanted.empty()) {
    Error error{ErrorCode::kInvalidArgument, "this backup was imported: it has no environment",
                "name the environment beside which it is to be mounted"};
    error.field = "/environment_id";
    return Fail(std::move(error));
  }
  ASSIGN_OR_RETURN(const domain::Environment environment, parts_.environments.Get(wanted));
  RETURN_IF_ERROR(restore::CheckCompatible(backup, environment));
  RETURN_IF_ERROR(restore::CheckAvailable(ctx, parts_.store, backup));
  ASSIGN_OR_RETURN(const auto active, parts_.journal.ActiveOn(environment.id.value));
  if (active && active->kind == TaskKind::kRemove) {
    return Fail(ErrorCode::kConflict, fmt::format("\"{}\" is being removed", environment.name));
  }
  Mount mount;
  mount.id.value = NewUuid();
  mount.task_id.value = NewUuid();
  mount.project_id = backup.project_id;
  mount.backup_id = backup.id;
  mount.environment_id = environment.id;
  mount.created_by = order.created_by;
  mount.created_at = parts_.clock.Now();
  mount.expires_at = mount.created_at + order.lifetime;
  mount.sealed_login = parts_.sealer.seal(RandomHex(24), mount.id.value);
  RETURN_IF_ERROR(parts_.journal.Submit({.kind = TaskKind::kMount,
                                         .project_id = mount.project_id,
                                         .subject_id = mount.id.value,
                                         .target = TargetOf(mount.id),
                                         .server_id = environment.server_id,
                                         .id = mount.task_id},
                                        [&](catalog::Transaction& transaction) {
                                          return catalog::MountStore::InsertIn(transaction, mount);
                                        }));
  return mount;
}

Result<domain::Task> MountService::Unmount(const domain::MountId& id) {
  ASSIGN_OR_RETURN(const Mount mount, parts_.mounts.Get(id));
  if (mount.database_name.empty() && mount.status != MountStatus::kMounting) {
    return Fail(ErrorCode::kConflict, fmt::format("the mount {} is {}: nothing stands of it",
                                                  id.value, NameOf(mount.status)));
  }
  ASSIGN_OR_RETURN(const domain::Environment environment,
                   parts_.environments.Get(mount.environment_id));
  const domain::TaskId task{NewUuid()};
  return parts_.journal.Submit({.kind = TaskKind::kUnmount,
                                .project_id = mount.project_id,
                                .subject_id = mount.id.value,
                                .target = TargetOf(mount.id),
                                .server_id = environment.server_id,
                                .id = task,
                                .asker = jobs::Asker::kRescuer},
                               [&](catalog::Transaction& transaction) {
                                 return catalog::MountStore::UpdateIn(
                                     transaction, id, [&](Mount& row) -> Status {
                                       row.task_id = task;
                                       row.status = MountStatus::kUnmounting;
                                       return {};
                                     });
                               });
}

Status MountService::CheckLiveIsFree(const domain::EnvironmentId& id) const {
  ASSIGN_OR_RETURN(const auto active, parts_.journal.ActiveOn(id.value));
  if (!active || active->kind == TaskKind::kBackup) return {};
  return Fail(ErrorCode::kTargetBusy,
              fmt::format("the environment is being worked on by task {}", active->id.value),
              "bring documents back when it has ended");
}

Status MountService::UnmountOver() {
  ASSIGN_OR_RETURN(const auto over, parts_.mounts.Over(parts_.clock.Now(), kPause));
  for (const Mount& mount : over) {
    const auto task = Unmount(mount.id);
    if (task) {
      log::Info("mount.over", {{"mount", mount.id.value}, {"task", task->id.value}});
    } else if (task.error().code != ErrorCode::kTargetBusy) {  // else it is being worked on
      log::Warning("mount.over", {{"mount", mount.id.value}, {"error", task.error().Sentence()}});
    }
  }
  return {};
}

Result<std::string> MountService::LoginOf(const Mount& mount) const {
  return parts_.sealer.open(mount.sealed_login, mount.id.value);
}

Status MountService::EndCancelledIn(catalog::Transaction& transaction, const Clock& clock,
                                    const domain::Task& task) {
  if (task.kind != TaskKind::kMount && task.kind != TaskKind::kUnmount) return {};
  return catalog::MountStore::UpdateIn(
      transaction, domain::MountId{task.subject_id}, [&](Mount& row) -> Status {
        if (task.kind == TaskKind::kUnmount) {
          // Nothing was dropped; but what failed to load was never fenced.
          row.status = row.error_message.empty() ? MountStatus::kMounted : MountStatus::kFailed;
          return {};
        }
        row.status = MountStatus::kFailed;
        row.ended_at = clock.Now();
        row.error_code = NameOf(ErrorCode::kCancelled);
        row.error_message = "cancelled before it began";
        return {};
      });
}

}  // namespace reprise::rescue
