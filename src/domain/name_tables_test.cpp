#include <gtest/gtest.h>

#include <set>

#include "domain/audit.hpp"
#include "domain/backup.hpp"
#include "domain/drill.hpp"
#include "domain/environment.hpp"
#include "domain/permission.hpp"
#include "domain/protection.hpp"
#include "domain/restore_point.hpp"
#include "domain/retention.hpp"
#include "domain/schedule.hpp"
#include "domain/standing.hpp"
#include "domain/task.hpp"
#include "domain/upload.hpp"

namespace reprise::domain {
namespace {

// Every value up to `last` has a name of its own that reads back; no other text is a name.
template <class Enum>
void ExpectRoundTrip(Enum last, std::optional<Enum> (*parse)(std::string_view)) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    const std::string_view name = NameOf(value);
    EXPECT_FALSE(name.empty()) << "value " << i << " has no name";
    EXPECT_TRUE(names.insert(name).second) << name << " stands twice";
    EXPECT_EQ(parse(name), value) << name;
  }
  EXPECT_EQ(NameOf(static_cast<Enum>(static_cast<int>(last) + 1)), "") << "`last` is not the last";
  for (const std::string_view text : {"", " ", "nothing of the kind", "Pending", "RUNNING"}) {
    EXPECT_EQ(parse(text), std::nullopt) << text;
  }
}

TEST(NameTables, OfTheAuditLogRoundTrip) {
  ExpectRoundTrip(AuditActor::kSystem, ParseAuditActor);
  ExpectRoundTrip(AuditResult::kFailed, ParseAuditResult);
}

TEST(NameTables, OfBackupsRoundTrip) {
  ExpectRoundTrip(BackupStatus::kDeleted, ParseBackupStatus);
  ExpectRoundTrip(BackupType::kImported, ParseBackupType);
}

TEST(NameTables, OfEnvironmentsRoundTrip) {
  ExpectRoundTrip(EnvironmentType::kTesting, ParseEnvironmentType);
  ExpectRoundTrip(EnvironmentStatus::kDeleted, ParseEnvironmentStatus);
  ExpectRoundTrip(EnvironmentOrigin::kDeployed, ParseEnvironmentOrigin);
}

TEST(NameTables, OfRestoresRoundTrip) {
  ExpectRoundTrip(RestoreMode::kCrossServer, ParseRestoreMode);
  ExpectRoundTrip(RestoreStrategy::kInPlace, ParseRestoreStrategy);
  ExpectRoundTrip(RestoreStatus::kCancelled, ParseRestoreStatus);
  ExpectRoundTrip(RestoreOutcome::kUndone, ParseRestoreOutcome);
  ExpectRoundTrip(Switch::kOff, ParseSwitch);
  ExpectRoundTrip(IdentityPolicy::kReset, ParseIdentityPolicy);
  ExpectRoundTrip(UnhealthyPolicy::kLeave, ParseUnhealthyPolicy);
}

TEST(NameTables, OfUploadsRoundTrip) { ExpectRoundTrip(UploadStatus::kEnded, ParseUploadStatus); }

TEST(NameTables, OfTasksRoundTrip) {
  ExpectRoundTrip(TaskKind::kDropSnapshot, ParseTaskKind);
  ExpectRoundTrip(TaskStatus::kCancelled, ParseTaskStatus);
  ExpectRoundTrip(StepState::kSkipped, ParseStepState);
}

TEST(NameTables, OfSchedulesRoundTrip) {
  ExpectRoundTrip(ScheduleKind::kDrill, ParseScheduleKind);
  ExpectRoundTrip(RunOutcome::kFailed, ParseRunOutcome);
  ExpectRoundTrip(KeepReason::kAge, ParseKeepReason);
  ExpectRoundTrip(DayMark::kNone, ParseDayMark);
  ExpectRoundTrip(DrillStatus::kCancelled, ParseDrillStatus);
  ExpectRoundTrip(ProtectionState::kUnprotected, ParseProtectionState);
}

TEST(NameTables, OfPermissionsRoundTrip) {
  ExpectRoundTrip(Permission::kSystemAuditView, ParsePermission);
  ExpectRoundTrip(OrganizationRole::kViewer, ParseOrganizationRole);
  ExpectRoundTrip(ProjectRole::kViewer, ParseProjectRole);
  ExpectRoundTrip(OverrideEffect::kDeny, ParseOverrideEffect);
}

// Clients and the product page depend on these words.
TEST(NameTables, KeepTheWordsOfTheProduct) {
  EXPECT_EQ(NameOf(RestoreStatus::kRestoringDb), "restoring_db");
  EXPECT_EQ(NameOf(RestoreStatus::kRestoringFiles), "restoring_files");
  EXPECT_EQ(NameOf(RestoreMode::kCrossServer), "cross_server");
  EXPECT_EQ(NameOf(BackupType::kPreRestore), "pre_restore");
  EXPECT_EQ(NameOf(RestoreOutcome::kTargetUntouched), "target_untouched");
}

TEST(Task, HasEndedInItsThreeLastStatuses) {
  EXPECT_FALSE(HasEnded(TaskStatus::kQueued));
  EXPECT_FALSE(HasEnded(TaskStatus::kRunning));
  EXPECT_TRUE(HasEnded(TaskStatus::kCompleted));
  EXPECT_TRUE(HasEnded(TaskStatus::kFailed));
  EXPECT_TRUE(HasEnded(TaskStatus::kCancelled));
}

TEST(RestoreMode, TwoOfFourMakeAnEnvironment) {
  EXPECT_FALSE(MakesEnvironment(RestoreMode::kOriginal));
  EXPECT_FALSE(MakesEnvironment(RestoreMode::kExisting));
  EXPECT_TRUE(MakesEnvironment(RestoreMode::kNew));
  EXPECT_TRUE(MakesEnvironment(RestoreMode::kCrossServer));
}

}  // namespace
}  // namespace reprise::domain
