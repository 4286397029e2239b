#include "domain/quota.hpp"

#include <fmt/format.h>

namespace reprise::domain {
namespace {

std::string SizeText(ByteCount bytes) {
  const auto value = static_cast<double>(bytes);
  if (value >= 1e9) return fmt::format("{:.2f} GB", value / 1e9);
  return value >= 1e6 ? fmt::format("{:.2f} MB", value / 1e6) : fmt::format("{} bytes", bytes);
}

Status Exceeded(std::string message, std::string_view remedy) {
  return Fail(
      ErrorCode::kQuotaExceeded, std::move(message),
      fmt::format("{}, or ask an administrator of the installation for a larger quota", remedy));
}

}  // namespace

Status CheckStoredBytes(std::string_view organization, const Quota& quota, ByteCount used,
                        ByteCount more) {
  if (!quota.stored_bytes) return {};
  const ByteCount limit = *quota.stored_bytes;
  if (used <= limit && more <= limit - used) return {};
  return Exceeded(fmt::format("the organization \"{}\" may store {} of backups and stores {}: "
                              "there is no room for another {}",
                              organization, SizeText(limit), SizeText(used),
                              more > 1 ? SizeText(more) : "backup"),
                  "delete backups that nobody needs any more");
}

Status CheckOneEnvironmentMore(std::string_view organization, const Quota& quota,
                               std::uint64_t used) {
  if (!quota.environments || used < *quota.environments) return {};
  return Exceeded(fmt::format("the organization \"{}\" may have {} environments and has {}",
                              organization, *quota.environments, used),
                  "remove one that nobody needs any more");
}

Status CheckOneTaskMore(std::string_view organization, const Quota& quota, std::uint64_t used) {
  if (!quota.active_tasks || used < *quota.active_tasks) return {};
  return Exceeded(fmt::format("the organization \"{}\" may have {} tasks queued or running and "
                              "has {}",
                              organization, *quota.active_tasks, used),
                  "wait until one has ended, cancel one");
}

bool IsBoundByQuota(TaskKind kind) {
  switch (kind) {
    case TaskKind::kUndo:
    case TaskKind::kRelease:
    case TaskKind::kRemove:
    case TaskKind::kUnmount:
    case TaskKind::kRollback:
    case TaskKind::kDropSnapshot:
      return false;
    case TaskKind::kBackup:
    case TaskKind::kRestore:
    case TaskKind::kImport:
    case TaskKind::kVerify:
    case TaskKind::kDeploy:
    case TaskKind::kDrill:
    case TaskKind::kMount:
    case TaskKind::kSnapshot:
      return true;
  }
  return true;
}

bool IsBoundByQuota(BackupType type) { return type != BackupType::kPreRestore; }

}  // namespace reprise::domain
