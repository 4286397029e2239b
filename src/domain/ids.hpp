#pragma once

#include "base/id.hpp"

namespace reprise::domain {

using OrganizationId = StrongId<struct OrganizationTag>;
using ProjectId = StrongId<struct ProjectTag>;
using EnvironmentId = StrongId<struct EnvironmentTag>;
using ServerId = StrongId<struct ServerTag>;
using BackupId = StrongId<struct BackupTag>;
using RestoreId = StrongId<struct RestoreTag>;
using StorageConfigId = StrongId<struct StorageConfigTag>;
using TaskId = StrongId<struct TaskTag>;
using UserId = StrongId<struct UserTag>;
using TeamId = StrongId<struct TeamTag>;
using RoleId = StrongId<struct RoleTag>;
using OverrideId = StrongId<struct OverrideTag>;
using TokenId = StrongId<struct TokenTag>;
using SessionId = StrongId<struct SessionTag>;
using ScheduleId = StrongId<struct ScheduleTag>;
using DrillId = StrongId<struct DrillTag>;
using MountId = StrongId<struct MountTag>;
using SnapshotId = StrongId<struct SnapshotTag>;

}  // namespace reprise::domain
