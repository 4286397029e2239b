#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace reprise::domain {

enum class MountStatus { kMounting, kMounted, kUnmounting, kEnded, kFailed };

// The database of a backup, loaded beside a live one to be looked into. No Odoo ever serves it.
struct Mount {
  MountId id;
  ProjectId project_id;
  BackupId backup_id;
  EnvironmentId environment_id;  // in whose PostgreSQL it stands, and which it is held against
  TaskId task_id;                // the last one that worked on it
  MountStatus status = MountStatus::kMounting;
  // Of what stands in the cluster; empty once nothing does.
  std::string database_name;
  std::string role_name;
  std::string sealed_login;  // the password of the role, sealed
  std::string created_by;
  Instant created_at;
  Instant expires_at;
  std::optional<Instant> ended_at;
  std::string error_code;
  std::string error_message;
};

[[nodiscard]] std::string_view NameOf(MountStatus status);
[[nodiscard]] std::optional<MountStatus> ParseMountStatus(std::string_view text);

}  // namespace reprise::domain
